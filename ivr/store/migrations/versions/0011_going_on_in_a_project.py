"""What goes on in one project has an index that lists of all projects cannot use, nor it theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INDEX = "ix_cases_unended_of_project"


def upgrade() -> None:
    _index_where("status NOT IN ('cancelled', 'closed', 'rejected')")


def downgrade() -> None:
    _index_where("closed_at IS NULL")


def _index_where(condition: str) -> None:
    which = sa.text(condition)
    op.drop_index(_INDEX, table_name="cases")
    op.create_index(_INDEX, "cases", ["project_id", "id"], sqlite_where=which, postgresql_where=which)
