"""Alembic's entry: runs the revisions on the connection that `store.database` hands over, inside its transaction."""

from alembic import context

from store.database import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=connection.dialect.name == "sqlite")
context.run_migrations()
