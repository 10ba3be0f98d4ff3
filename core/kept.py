"""Small stored tables, read from their Parquet files once and kept for the next statement, step and day of a run.

Binding a view over many small files costs more than reading them; a table that is too large for keeping stays a view of its files. What is
shown is the same rows either way. What does not belong here: which files make up a table on a day.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from core.schema import Table
from core.sql import Session

PREFIX = "kept "
LARGEST = 2_000_000
"""Bytes of Parquet of one table that are kept; some tens of megabytes in memory."""

Files = Mapping[date, Sequence[Path]]


class Kept:
    """The kept tables of one session; survives its sweeps."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._files: dict[str, dict[date, set[Path]]] = {}
        self._sizes: dict[Path, int] = {}

    def show(self, name: str, declared: Table, files: Files, days: tuple[date, date]) -> None:
        """Make `name` a view of the declared table's rows of the given files: all there are within `days` (first and last, both included).

        Columns: business_date, then the declared ones. Each file holds rows of its day only.
        """
        if sum(self._size(path) for paths in files.values() for path in paths) > LARGEST:
            self._session.view(name, declared, [path for day in sorted(files) for path in files[day]])
            return
        first, last = days
        table = PREFIX + declared.name
        if declared.name not in self._files:
            self._session.empty(table, declared, prefix=("business_date",))
        held = self._files.setdefault(declared.name, {})
        for day in [d for d, paths in held.items() if first <= d <= last and paths != set(files.get(d, ()))]:
            self._session.statement(f"delete from \"{table}\" where business_date = date '{day}'")
            del held[day]
        missing = [path for day in sorted(files) if day not in held for path in files[day]]
        if missing:
            self._session.add(table, declared, missing)
            held |= {day: set(paths) for day, paths in files.items()}
        # the window stands even where nothing lies outside it: days may be added later while this view is in use
        where = f"business_date between date '{first}' and date '{last}'"
        self._session.statement(f'create or replace view "{name}" as select * from "{table}" where {where}')

    def keep(self, declared: Table, day: date, path: Path, select: str) -> None:
        """Keep the rows of a file of the day that was just written from `select`, so that it need not be read; columns as declared."""
        held = self._files.get(declared.name, {})
        if self._size(path) + sum(self._size(p) for paths in held.values() for p in paths) > LARGEST:
            return
        table = PREFIX + declared.name
        if declared.name not in self._files:
            self._session.empty(table, declared, prefix=("business_date",))
        elif day in held:
            self._session.statement(f"delete from \"{table}\" where business_date = date '{day}'")
        columns = ", ".join(f'"{c}"' for c in declared.names)
        self._session.statement(f"insert into \"{table}\" select date '{day}', {columns} from ({select})")
        self._files.setdefault(declared.name, {})[day] = {path}

    @property
    def names(self) -> set[str]:
        """What a sweep has to leave."""
        return {PREFIX + name for name in self._files}

    def forget(self) -> None:
        """Give the memory back."""
        for name in self.names:
            self._session.statement(f'drop table "{name}"')
        self._files.clear()

    def _size(self, path: Path) -> int:
        if path not in self._sizes:
            self._sizes[path] = path.stat().st_size
        return self._sizes[path]
