"""Which planned calls have been announced: they are placed before any other is announced."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "planned_calls", sa.Column("announced", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index("ix_planned_calls_turn", "planned_calls", ["state", "announced", "due_at"])


def downgrade() -> None:
    op.drop_index("ix_planned_calls_turn", table_name="planned_calls")
    with op.batch_alter_table("planned_calls", schema=None) as batch_op:
        batch_op.drop_column("announced")
