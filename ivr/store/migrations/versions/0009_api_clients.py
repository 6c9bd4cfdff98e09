"""Tokens of the API's clients; and what calls to a number are counted by."""

import sqlalchemy as sa
from alembic import op

import ivr.store.types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_IN_USE = sa.text("revoked_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", ivr.store.types.Json, nullable=False),
        sa.Column("created_at", ivr.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("last_used_at", ivr.store.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", ivr.store.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(
        "ix_api_tokens_name",
        "api_tokens",
        ["name"],
        unique=True,
        sqlite_where=_IN_USE,
        postgresql_where=_IN_USE,
    )
    op.create_index("ix_calls_to_number_started_at", "calls", ["to_number", "started_at"])


def downgrade() -> None:
    op.drop_index("ix_calls_to_number_started_at", table_name="calls")
    op.drop_index("ix_api_tokens_name", table_name="api_tokens")
    op.drop_table("api_tokens")
