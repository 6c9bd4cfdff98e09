"""The room of a recorded talk: one recording each, known before the carrier names it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recordings", sa.Column("room", sa.String(length=64), nullable=True))
    op.create_index("ix_recordings_room", "recordings", ["room"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_recordings_room", "recordings")
    op.drop_column("recordings", "room")
