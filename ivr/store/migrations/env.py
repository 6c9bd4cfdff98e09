"""Alembic's entry: runs migrations on the connection that `ivr.store.schema` gives it."""

from alembic import context

from ivr.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
