"""What reports count by: calls, cases, events, surveys and tasks of a period."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_calls_purpose_started_at": ("calls", ["purpose", "started_at"]),
    "ix_cases_created_at": ("cases", ["created_at"]),
    "ix_case_events_kind_at": ("case_events", ["kind", "at"]),
    "ix_surveys_created_at": ("surveys", ["created_at"]),
    "ix_tasks_kind_created_at": ("tasks", ["kind", "created_at"]),
}


def upgrade() -> None:
    for name, (table, columns) in _INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, (table, _) in _INDEXES.items():
        op.drop_index(name, table_name=table)
