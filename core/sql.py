"""The calculator: an in-memory DuckDB session that runs rules written as .sql files, and nothing else.

A rule is one SELECT in `<room>/sql/<table>.sql`; running it creates the table of that name. Its header says purpose,
reads, writes, parameters and invariant; the architecture test checks the header against the body. What does not belong
here: any rule, and any knowledge of where files come from or go to.
"""

import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from core.schema import Table, table

MACROS = """
create or replace macro div_half_up(n, d) as
    ((2 * n + case when (n < 0) = (d < 0) then d else -d end) // (2 * d));
create or replace macro units4(x) as (replace(x::decimal(38, 4)::varchar, '.', '')::hugeint);
create or replace macro quick_units4(x) as
    (case when x between -1000000000 and 1000000000 then (x::decimal(18, 4) * 10000)::bigint::hugeint else units4(x) end);
create or replace macro units12(x) as (replace(x::decimal(38, 12)::varchar, '.', '')::hugeint);
create or replace macro from_units4(n) as (n::decimal(38, 0) * 0.0001::decimal(5, 4))::decimal(38, 4);
create or replace macro from_units12(n) as (n::decimal(38, 0) * 0.000000000001::decimal(13, 12))::decimal(38, 12);
create or replace macro quick_share(n, part, whole) as (
    case when n between 0 and 4000000000000000000 and part between 0 and whole and whole between 1 and 2000000000000 then (
        n::bigint // whole::bigint * part::bigint
        + (n::bigint % whole::bigint) * (part::bigint // 1000000) // whole::bigint * 1000000
        + (2 * ((n::bigint % whole::bigint) * (part::bigint // 1000000) % whole::bigint * 1000000
            + (n::bigint % whole::bigint) * (part::bigint % 1000000)) + whole::bigint) // (2 * whole::bigint)
    )::hugeint else (n // whole) * part + div_half_up((n % whole) * part, whole) end);
create or replace macro share_units(n, part, whole) as
    (case when whole = 0 then 0::hugeint else div_half_up(n::hugeint * part::hugeint, whole::hugeint) end);
create or replace macro fewer_digits(whole) as
    (case when abs(whole) <= 10000000000000000000000::hugeint then 1 when abs(whole) <= 1000000000000000000000000::hugeint then 10000 else 100000000 end);
create or replace macro share_of(amount, part, whole) as (
    case when whole = 0 then 0::decimal(38, 4)
        when abs(whole) <= 10000000000000000000000::hugeint then from_units4(div_half_up(units4(amount) * part::hugeint, whole::hugeint))
        else from_units4(div_half_up(units4(amount) * (part::hugeint // fewer_digits(whole)), whole::hugeint // fewer_digits(whole))) end);
create or replace macro sha(x) as left(sha256(x), 24);
create or replace macro value_rounded(n, scale, places, mode) as from_units4(
    sign(n)::hugeint
    * case mode
        when 'down' then abs(n) // ('1' || repeat('0', scale - places))::hugeint
        when 'half_even' then (2 * abs(n) + ('1' || repeat('0', scale - places))::hugeint) // (2 * ('1' || repeat('0', scale - places))::hugeint)
            - case when abs(n) % (2 * ('1' || repeat('0', scale - places))::hugeint) = ('1' || repeat('0', scale - places))::hugeint // 2 then 1 else 0 end
        else (2 * abs(n) + ('1' || repeat('0', scale - places))::hugeint) // (2 * ('1' || repeat('0', scale - places))::hugeint)
    end
    * ('1' || repeat('0', 4 - places))::hugeint);
create or replace macro as_booked(amount, booked, places) as
    (case when places < 4 then case when value_rounded(units4(amount), 4, places, 'half_up') = booked then booked else amount end else amount end);
"""


AS_PARQUET = "format parquet, compression zstd, compression_level 1, row_group_size 122880, dictionary_size_limit 5000"
"""How results are stored. Level 1 takes a tenth to a fifth less of the processor than DuckDB's usual 3, and the files of lots are no larger. A dictionary
is given up at 5 000 values in place of 24 576: ids repeat seldom, and looking for it costs a tenth of the writing (files of a million rows grow by as much)."""

REMEMBERED_TEXTS = 1024
"""Texts of SQL a session keeps parsed; then it forgets them all: texts that name a day or a close do not come back."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one session may use. `folders` are the only places SQL may read from or write to."""

    folders: tuple[Path, ...]
    memory: str = "4GB"
    threads: int = 2
    spill: Path | None = None

    @property
    def memory_bytes(self) -> int:
        """What the database may use, in bytes: five sixths of `memory`, where 4GB is 4 * 1000^3 and 4GiB 4 * 1024^3.

        `memory` is what the process may take, and it takes more than DuckDB counts: up to a gigabyte beside seven was measured (docs/benchmarks.md).
        """
        found = _MEMORY.fullmatch(self.memory)
        if found is None:
            raise ValueError(f"{self.memory!r} is no amount of memory; write 4GB or 4GiB")
        size, prefix, binary = found.groups()
        return int(Decimal(size) * (1024 if binary else 1000) ** (1 + "KMGT".index(prefix))) * 5 // 6


_MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s?([KMGT])(i?)B")


@dataclass(frozen=True, slots=True)
class Written:
    """A Parquet file as written: path, row count and SHA-256 of its bytes; of no rows there may be none (`nothing_written`)."""

    path: Path
    rows: int
    sha256: str


def nothing_written(folder: Path) -> Written:
    """What stands for the file of a table without rows, which nobody would read."""
    return Written(folder, 0, hashlib.sha256().hexdigest())


@cache
def rule_text(room: str, name: str) -> str:
    """The text of `<room>/sql/<name>.sql`."""
    return resources.files(room).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


class Session:
    """One locked, in-memory DuckDB. Tables go in by `view`/`rows`, rules run by `rule`, results leave by `write`/`fetch`."""

    def __init__(self, limits: Limits) -> None:
        self._con = duckdb.connect(":memory:")
        self.memory_bytes = limits.memory_bytes
        self._taught: set[str] = set()
        self._once: dict[str, dict[str, object]] = {}
        self._rules: dict[tuple[str, str, str], duckdb.Statement] = {}
        self._texts: dict[str, list[duckdb.Statement]] = {}
        folders = [str(f.resolve()) + "/" for f in limits.folders]
        settings: dict[str, object] = {
            "TimeZone": "UTC",
            "threads": limits.threads,
            "memory_limit": f"{limits.memory_bytes} bytes",
            "preserve_insertion_order": True,
            "allow_community_extensions": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # left to itself the database would spill beside whatever the user is looking at; under a name that nobody else has or guesses
            "temp_directory": str(limits.spill or Path(tempfile.gettempdir()) / f"tieout-{secrets.token_hex(8)}"),
        }
        for name, value in settings.items():
            self._con.execute(f"set {name} = {literal(value)}")
        self._con.execute(MACROS)
        self._con.execute(f"set allowed_directories = [{', '.join(literal(f) for f in folders)}]")
        self._con.execute("set enable_external_access = false")
        self._con.execute("set lock_configuration = true")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._rules.clear()
        self._texts.clear()
        self._con.close()

    # ------------------------------------------------------------------ in
    def view(self, name: str, declared: Table, files: Sequence[Path], *, prefix: Sequence[str] = ("business_date",)) -> None:
        """Make `name` a view of Parquet files of a declared table; no files: an empty table of the same shape.

        `prefix` are the stored columns before the declared ones: `business_date` (entry into the books), `close_id`.
        """
        if files:
            self._from_files(f'create or replace view "{name}" as', declared, files, prefix)
        else:
            self.empty(name, declared, prefix=prefix)

    def add(self, name: str, declared: Table, files: Sequence[Path], *, prefix: Sequence[str] = ("business_date",)) -> None:
        """Add the rows of Parquet files of a declared table to the table `name`."""
        self._from_files(f'insert into "{name}"', declared, files, prefix)

    def _from_files(self, before: str, declared: Table, files: Sequence[Path], prefix: Sequence[str]) -> None:
        """Say `before` of stored rows. Tables grow: in days closed before a column was declared it is empty (the oldest file tells; files come by day)."""
        try:
            self._con.execute(f"{before} {_stored(declared, files, prefix)}")
        except duckdb.BinderException:
            self._con.execute(f"{before} {_stored(declared, files, prefix, grown=True)}")

    def empty(self, name: str, declared: Table, *, prefix: Sequence[str] = ()) -> None:
        """Create an empty table shaped like a declared one."""
        head = [f'"{c}" {"DATE" if c == "business_date" else "VARCHAR"}' for c in prefix]
        body = [f'"{c.name}" {c.type.sql}' for c in declared.columns]
        self._con.execute(f'create or replace table "{name}" ({", ".join(head + body)})')

    def rows(self, name: str, declared: Table, rows: Sequence[Mapping[str, object]], *, prefix: Sequence[str] = ()) -> None:
        """Create a small table from Python rows (parameters, cohorts); missing keys are NULL."""
        self.empty(name, declared, prefix=prefix)
        columns = (*prefix, *declared.names)
        for start in range(0, len(rows), 500):
            chunk = ", ".join(f"({', '.join(literal(r.get(c)) for c in columns)})" for r in rows[start : start + 500])
            self._con.execute(f'insert into "{name}" values {chunk}')

    def sweep(self, keep: Collection[str]) -> None:
        """Drop every table and view but those named: the session is as good as new for the next step."""
        self._once.clear()
        drops = [f'drop {kind} "{name}"' for kind, name in self._con.execute(_NAMES).fetchall() if name not in keep]
        if drops:
            self._con.execute("; ".join(("begin", *drops, "commit")))  # one transaction: each of its own costs twice as much

    # --------------------------------------------------------------- rules
    def rule(self, room: str, name: str, /, **parameters: object) -> None:
        """Run `<room>/sql/<name>.sql` into a table of that name."""
        self._con.execute(self._parsed(room, name, ""), parameters or None)
        self._once[name] = parameters

    def rule_once(self, room: str, name: str, /, **parameters: object) -> None:
        """Run a rule unless it has run with these parameters since the last sweep: for what several steps read and none changes."""
        if self._once.get(name) != parameters:
            self.rule(room, name, **parameters)

    def rule_view(self, room: str, name: str, /, **days: date) -> None:
        """Make a rule a view of its name instead of a table: for what several rules read in passing and nobody should hold. Its parameters are dates."""
        text = rule_text(room, name)
        for parameter, day in days.items():
            text = text.replace(f"${parameter}", f"date '{day.isoformat()}'")
        self._con.execute(f'create or replace view "{name}" as\n{text}')

    def declared_rule(self, room: str, name: str, /, **parameters: object) -> None:
        """Run a rule whose result is a declared table: its columns are cast to the declared types, by name."""
        columns = ", ".join(f'cast("{c.name}" as {c.type.sql}) as "{c.name}"' for c in table(name).columns)
        self._con.execute(self._parsed(room, name, columns), parameters or None)

    def _parsed(self, room: str, name: str, columns: str) -> duckdb.Statement:
        """A rule as a statement, parsed once per session: parsing costs as much as running a rule over a small day."""
        if (room, name, columns) not in self._rules:
            select = f"select {columns} from (\n{rule_text(room, name)}\n)" if columns else rule_text(room, name)
            [self._rules[room, name, columns]] = self._con.extract_statements(f'create or replace table "{name}" as\n{select}')
        return self._rules[room, name, columns]

    def teach(self, macros: str) -> None:
        """Create macros, once per session: a sweep leaves them."""
        if macros not in self._taught:
            self._con.execute(macros)
            self._taught.add(macros)

    def statement(self, sql: str, /, **parameters: object) -> None:
        self._say(sql, parameters)

    def _say(self, sql: str, parameters: Mapping[str, object]) -> None:
        """Run a text, parsed once as long as it is remembered: a backfill says the same five hundred every day."""
        if sql not in self._texts:
            if len(self._texts) == REMEMBERED_TEXTS:
                self._texts.clear()
            self._texts[sql] = self._con.extract_statements(sql)
        *before, last = self._texts[sql]
        for statement in before:
            self._con.execute(statement)
        self._con.execute(last, dict(parameters) or None)

    # ----------------------------------------------------------------- out
    def fetch(self, sql: str, /, **parameters: object) -> list[dict[str, Any]]:
        """Rows of a small result as dicts. Event-level data never comes out this way."""
        self._say(sql, parameters)
        names = [d[0] for d in self._con.description or ()]
        return [dict(zip(names, row, strict=True)) for row in self._con.fetchall()]

    def value(self, sql: str, /, **parameters: object) -> Any:
        """The single value of a one-row, one-column result."""
        self._say(sql, parameters)
        row = self._con.fetchone()
        return None if row is None else row[0]

    def names(self) -> set[str]:
        """Tables and views of the session."""
        return {r[1] for r in self._con.execute(_NAMES).fetchall()}

    def write(self, select: str, order_by: Sequence[str], folder: Path, stem: str, /, **parameters: object) -> Written:
        """Write a result as Parquet in a total order; the file is named by the hash of its bytes, fsynced, and re-read.

        Same rows -> same bytes, whatever the threads. Raises duckdb.Error if the order is not over existing columns.
        """
        temporary = folder / f".{stem}.{os.getpid()}.tmp"
        order = ", ".join(f'"{c}" nulls first' for c in order_by)
        copy = f"copy ({select} order by {order}) to {literal(str(temporary))} ({AS_PARQUET})"
        row = self._con.execute(copy, parameters or None).fetchone()
        rows = int(row[0]) if row else 0
        with temporary.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
            os.fsync(handle.fileno())
        final = folder / f"{stem}-{digest[:24]}.parquet"
        temporary.replace(final)
        return Written(final, rows, digest)

    def table_names(self, sql: str) -> set[str]:
        """Tables a statement reads, common table expressions left out (for the architecture test)."""
        tree = json.loads(self.value("select json_serialize_sql($sql)", sql=sql))
        if tree["error"]:
            raise ValueError(tree["error_message"])
        read: set[str] = set()
        named: set[str] = set()
        waiting: list[Any] = [tree]
        while waiting:
            node = waiting.pop()
            if isinstance(node, dict):
                if node.get("type") == "BASE_TABLE":
                    read.add(node["table_name"])
                named |= {entry["key"] for entry in node.get("cte_map", {}).get("map", [])}
                waiting += node.values()
            elif isinstance(node, list):
                waiting += node
        return read - named


_NAMES = """
select 'view' as kind, view_name as name from duckdb_views() where not internal
union all select 'table', table_name from duckdb_tables() where not internal"""
"""Views first. Far cheaper than information_schema.tables."""


def _stored(declared: Table, files: Sequence[Path], prefix: Sequence[str], *, grown: bool = False) -> str:
    """SELECT of the rows of Parquet files of a declared table; `grown`: some may lack columns, for which every file has to be opened first."""
    columns = ", ".join(f'"{c}"' for c in (*prefix, *declared.names))
    listed = f"[{', '.join(literal(str(f)) for f in files)}]"
    if not grown:
        return f"select {columns} from read_parquet({listed}, hive_partitioning = false)"
    shape = ", ".join(f'null::{c.type.sql} as "{c.name}"' for c in declared.columns)
    rows = f"select * from read_parquet({listed}, hive_partitioning = false, union_by_name = true) union all by name select {shape} where false"
    return f"select {columns} from ({rows})"


def literal(value: object) -> str:
    """A value as SQL text. Numbers are written as text and cast by the column: no float on the way."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
