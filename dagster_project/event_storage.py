"""Dagster's event log in SQLite as a close writes it: the same files and rows as Dagster's own class, whose connections stay open.

Dagster opens a new engine and connection for every event and asks for the shape of its tables each time; a close of one small day
has hundreds of events, and they would cost as much as its SQL. Readers (the web interface, the daemon) use Dagster's own class on
the same files. What does not belong here: what the events say, and where the files are (`instance`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event

_OPEN = 2
"""Files kept open: the index of all runs, and the run that is being written."""


class OpenEventLogStorage(SqliteEventLogStorage):
    """SqliteEventLogStorage over connections that stay open while one process closes days."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._known: set[tuple[str, str]] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "OpenEventLogStorage":
        return cls(inst_data=inst_data, **config_value)

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return SqliteEventLogStorage.config_type()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """One transaction on a shard; the lock of the base class keeps threads apart, as there."""
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as conn, conn.begin():
                yield conn

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            while len(self._engines) >= _OPEN:
                self._engines.pop(next(name for name in self._engines if name != "index")).dispose()
            engine = create_engine(self.conn_string_for_shard(shard), poolclass=StaticPool, connect_args={"timeout": 30, "check_same_thread": False})
            event.listen(engine, "connect", _relax)
            self._engines[shard] = engine
        return self._engines[shard]

    def has_table(self, table_name: str) -> bool:
        return self._remember("table", table_name, lambda: super(OpenEventLogStorage, self).has_table(table_name))

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        return self._remember("column", column_name, lambda: super(OpenEventLogStorage, self)._has_asset_key_col_on_connection(conn, column_name))

    def has_secondary_index(self, name: str) -> bool:
        return self._remember("index", name, lambda: super(OpenEventLogStorage, self).has_secondary_index(name))

    def _remember(self, kind: str, name: str, ask: Any) -> bool:
        """Whether the files have something; what they have once, they keep."""
        if (kind, name) not in self._known and ask():
            self._known.add((kind, name))
        return (kind, name) in self._known

    def dispose(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _relax(connection: Any, _record: object) -> None:
    """An event is safe from a killed process; only a power cut may lose the last ones. Closes themselves are kept elsewhere, with fsync."""
    connection.execute("pragma synchronous = normal")
