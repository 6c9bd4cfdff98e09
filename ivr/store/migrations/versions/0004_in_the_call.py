"""Guests of a talk, holding and taping, what is said of it afterwards; callbacks that rest; the roster."""

import sqlalchemy as sa
from alembic import op

import ivr.store.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roster",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("instead_of_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("weekday", sa.SmallInteger(), nullable=True),
        sa.Column("begins", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("starts_at", ivr.store.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ends_at", ivr.store.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", ivr.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_roster_agent_id")),
        sa.ForeignKeyConstraint(["instead_of_id"], ["agents.id"], name=op.f("fk_roster_instead_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster")),
    )
    with op.batch_alter_table("roster", schema=None) as batch_op:
        batch_op.create_index("ix_roster_agent_id", ["agent_id"], unique=False)

    op.create_table(
        "guests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wait_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("leg_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("found", sa.String(length=40), nullable=True),
        sa.Column("created_at", ivr.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", ivr.store.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_guests_agent_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_guests_call_id")),
        sa.ForeignKeyConstraint(["leg_id"], ["legs.id"], name=op.f("fk_guests_leg_id")),
        sa.ForeignKeyConstraint(["wait_id"], ["waits.id"], name=op.f("fk_guests_wait_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guests")),
        sa.UniqueConstraint("call_id", name=op.f("uq_guests_call_id")),
    )
    with op.batch_alter_table("guests", schema=None) as batch_op:
        batch_op.create_index("ix_guests_leg_id", ["leg_id"], unique=False)
        batch_op.create_index("ix_guests_wait_id", ["wait_id"], unique=False)

    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("away_reason", sa.String(length=40), nullable=True))

    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("room", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("hold", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("tape", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("result", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("note", sa.Text(), nullable=True))

    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("for_agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("skill", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("rests_until", ivr.store.types.UtcDateTime(timezone=True), nullable=True)
        )


def downgrade() -> None:
    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.drop_column("rests_until")
        batch_op.drop_column("attempts")
        batch_op.drop_column("skill")
        batch_op.drop_column("for_agent_id")

    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.drop_column("note")
        batch_op.drop_column("result")
        batch_op.drop_column("tape")
        batch_op.drop_column("hold")
        batch_op.drop_column("room")

    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.drop_column("away_reason")

    with op.batch_alter_table("guests", schema=None) as batch_op:
        batch_op.drop_index("ix_guests_wait_id")
        batch_op.drop_index("ix_guests_leg_id")

    op.drop_table("guests")
    with op.batch_alter_table("roster", schema=None) as batch_op:
        batch_op.drop_index("ix_roster_agent_id")

    op.drop_table("roster")
