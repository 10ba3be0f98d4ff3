"""The metadata database: engines for SQLite and PostgreSQL, its tables, and bringing it to the present revision.

What does not belong here: what the rows mean (see `register`) and the Iceberg catalogue's own tables (pyiceberg makes them).
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from core.errors import SystemFault, UsageFault

REVISION = "0002"
MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 60

metadata = sa.MetaData()
_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

close_rows = sa.Table(
    "close",
    metadata,
    sa.Column("sequence", _number, primary_key=True, autoincrement=True, comment="order of recording"),
    sa.Column("recorded_at", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC; rises with sequence"),
    sa.Column("business_date", sa.Text, nullable=False, index=True),
    sa.Column("close_id", sa.Text, nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False, comment="ISO 8601 with offset"),
    sa.Column("code_version", sa.Text, nullable=False),
    sa.Column("config_hash", sa.Text, nullable=False),
    sa.Column("input_hash", sa.Text, nullable=False),
    sa.Column("output_hash", sa.Text, nullable=False),
    sa.Column("supersedes", sa.Text),
    sa.Column("delivery_hash", sa.Text, nullable=False),
    sa.Column("files", sa.Text, nullable=False, comment="pins as JSON"),
    sa.Column("reports", sa.Text, nullable=False, comment="pins as JSON"),
    sa.Column("record", sa.Text, nullable=False, comment="the Parquet file of this row in the lake, as JSON pin"),
)
publication_rows = sa.Table(
    "publication",
    metadata,
    sa.Column("id", _number, primary_key=True, autoincrement=True),
    sa.Column("days", sa.Text, nullable=False, comment="days whose tables and reports may be half replaced, as JSON"),
    sa.Column("tables", sa.Text, nullable=False, comment="tables that may be half replaced, as JSON"),
)
lease_rows = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.BigInteger, nullable=False),
    sa.Column("taken_at", sa.Text, nullable=False, comment="ISO 8601 with offset"),
)
act_rows = sa.Table(
    "act",
    metadata,
    sa.Column("sequence", _number, primary_key=True, autoincrement=False, comment="order of recording, without gaps"),
    sa.Column("recorded_at", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC; rises with sequence"),
    sa.Column("kind", sa.Text, nullable=False, index=True),
    sa.Column("subject", sa.Text, nullable=False, index=True, comment="break_id, business date or period"),
    sa.Column("effective_date", sa.Text, nullable=False, comment="business date from which it holds"),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False, comment="the rest, as JSON"),
    sa.Column("previous_hash", sa.Text, nullable=False, unique=True, comment="no two acts follow the same one"),
    sa.Column("entry_hash", sa.Text, nullable=False, unique=True),
)


def reachable(database_url: str) -> str:
    """The same address, or, for an SQLite file where nothing can be written (an archive, a mounted snapshot), one that only reads it.

    Such a file is read as it stands, so SystemFault where a journal of unfinished work lies beside it: without it the file would be out of date.
    """
    url = sa.make_url(database_url) if database_url.startswith("sqlite:///") else None
    path = Path(url.database) if url is not None and url.database else None
    if path is None or url is None or url.query or not path.is_file() or os.access(path.parent, os.W_OK):
        return database_url
    journal = path.with_name(f"{path.name}-wal")
    if journal.is_file() and journal.stat().st_size:
        raise SystemFault(
            "the database cannot be read where nothing can be written: its last work is still in its journal",
            str(journal),
            "without the journal it would be out of date",
            "copy the books to a disk that can be written, and read them there",
        )
    return f"sqlite:///file:{quote(str(path))}?mode=ro&immutable=1&uri=true"


def connect(database_url: str, *, durable: bool = True) -> sa.Engine:
    """An engine. SQLite gets WAL, a busy timeout, foreign keys and real transactions; `durable` waits for the disk at every commit."""
    try:
        url = sa.make_url(database_url)
        engine = sa.create_engine(url)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as fault:
        raise UsageFault(
            f"the database address cannot be used: {fault}",
            "tieout.toml, storage",
            "closes are recorded there",
            "use sqlite:///… or postgresql+psycopg://… (pip install 'tieout[postgres]')",
        ) from fault
    if url.get_backend_name() == "sqlite":
        _prepare_sqlite(engine, durable)
    return engine


def _prepare_sqlite(engine: sa.Engine, durable: bool) -> None:
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own begin leaves DDL outside transactions
        for pragma in (f"busy_timeout = {BUSY_SECONDS * 1000}", "journal_mode = wal", "foreign_keys = on", f"synchronous = {'full' if durable else 'normal'}"):
            connection.execute(f"pragma {pragma}")

    def on_begin(connection: sa.Connection) -> None:
        # a writer that first reads must lock at once: upgrading a read lock later fails instead of waiting
        connection.exec_driver_sql("begin immediate" if connection.get_execution_options().get("writes") else "begin")

    sa.event.listen(engine, "connect", on_connect)
    sa.event.listen(engine, "begin", on_begin)


def writing(engine: sa.Engine) -> sa.Engine:
    """The same engine for transactions that write."""
    return engine.execution_options(writes=True)


def bring_up_to_date(engine: sa.Engine) -> None:
    """Create or migrate the tables. One query when nothing is to do; Alembic is imported only otherwise.

    Raises UsageFault when a newer version of tieout wrote the database, SystemFault when it cannot be reached.
    """
    if stored_revision(engine) == REVISION:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("select pg_advisory_xact_lock(7305811)"))  # two first openings at once: the second waits
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, REVISION)
        except CommandError as fault:
            raise UsageFault(
                f"the database was written by another version of tieout ({fault})",
                engine.url.render_as_string(),
                f"this version knows revisions up to {REVISION}",
                "install the version that wrote it, or a newer one",
            ) from fault


def stored_revision(engine: sa.Engine) -> str | None:
    """The revision written in the database; None in a new one."""
    try:
        with engine.connect() as connection:
            row = connection.execute(sa.text("select version_num from alembic_version")).fetchone()
            return None if row is None else str(row[0])
    except (sa.exc.OperationalError, sa.exc.ProgrammingError) as fault:
        if "alembic_version" in str(fault.orig):
            return None
        raise SystemFault(
            f"the database cannot be opened: {str(fault.orig).strip()}",
            engine.url.render_as_string(),
            "closes are recorded there; nothing can be read or published without it",
            "tieout doctor",
        ) from fault
