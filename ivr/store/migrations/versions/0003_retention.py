"""Old cases lose their people; each purge is counted; calls are found by their end."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import ivr.store.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_REMEMBERED = sa.text("forgotten_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "purges",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", ivr.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "removed",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purges")),
    )
    op.create_index("ix_calls_ended_at", "calls", ["ended_at"])
    op.add_column(
        "cases", sa.Column("forgotten_at", ivr.store.types.UtcDateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_cases_remembered",
        "cases",
        ["closed_at"],
        sqlite_where=_REMEMBERED,
        postgresql_where=_REMEMBERED,
    )


def downgrade() -> None:
    op.drop_index("ix_cases_remembered", table_name="cases")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("forgotten_at")
    op.drop_index("ix_calls_ended_at", table_name="calls")
    op.drop_table("purges")
