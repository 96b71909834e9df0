"""Entry of Alembic: it works on the connection that `migrate` hands over, in the transaction that runs there."""

from alembic import context

from setsail.store.registry import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
