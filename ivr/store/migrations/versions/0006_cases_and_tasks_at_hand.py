"""Cases are listed by every filter of the console, owners found by their names; tasks are taken and put off."""

import sqlalchemy as sa
from alembic import op

import ivr.store.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_UNENDED = sa.text("closed_at IS NULL")
_ALARM = sa.text("state = 'open' AND kind IN ('overdue_works', 'urgent_unacknowledged', 'visit_late')")


def upgrade() -> None:
    op.create_index("ix_cases_project_id_status_id", "cases", ["project_id", "status", "id"])
    op.create_index("ix_cases_priority_id", "cases", ["priority", "id"])
    op.create_index("ix_cases_home_id_id", "cases", ["home_id", "id"])
    op.drop_index("ix_cases_home_id", table_name="cases")
    op.create_index("ix_cases_channel_id", "cases", ["channel", "id"])
    op.create_index("ix_cases_unended", "cases", ["id"], sqlite_where=_UNENDED, postgresql_where=_UNENDED)
    op.create_index(
        "ix_cases_unended_of_project",
        "cases",
        ["project_id", "id"],
        sqlite_where=_UNENDED,
        postgresql_where=_UNENDED,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_homes_owner_words",
            "homes",
            [sa.text("to_tsvector('simple', owner)")],
            postgresql_using="gin",
        )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("note", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("taken_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("taken_at", ivr.store.types.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("snoozed_until", ivr.store.types.UtcDateTime(timezone=True), nullable=True)
        )
        batch_op.create_foreign_key(op.f("fk_tasks_taken_by_id"), "agents", ["taken_by_id"], ["id"])
        batch_op.create_index("ix_tasks_state_kind_due", ["state", "kind", "due"])
        batch_op.create_index("ix_tasks_taken_by_id", ["taken_by_id", "state", "due"])
        batch_op.create_index("ix_tasks_alarms", ["case_id"], sqlite_where=_ALARM, postgresql_where=_ALARM)


def downgrade() -> None:
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_tasks_alarms")
        batch_op.drop_index("ix_tasks_taken_by_id")
        batch_op.drop_index("ix_tasks_state_kind_due")
        batch_op.drop_constraint(op.f("fk_tasks_taken_by_id"), type_="foreignkey")
        batch_op.drop_column("snoozed_until")
        batch_op.drop_column("taken_at")
        batch_op.drop_column("taken_by_id")
        batch_op.drop_column("note")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_homes_owner_words", table_name="homes")
    op.drop_index("ix_cases_unended_of_project", table_name="cases")
    op.drop_index("ix_cases_unended", table_name="cases")
    op.drop_index("ix_cases_channel_id", table_name="cases")
    op.create_index("ix_cases_home_id", "cases", ["home_id"])
    op.drop_index("ix_cases_home_id_id", table_name="cases")
    op.drop_index("ix_cases_priority_id", table_name="cases")
    op.drop_index("ix_cases_project_id_status_id", table_name="cases")
