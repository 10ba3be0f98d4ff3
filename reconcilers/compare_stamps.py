"""Checksums of `tieout compare`: for every row of both files a hash of its key, and a stamp of its key and measured cells.

What belongs here: how a column is stored and written on either side, and so what can be hashed. What does not: what makes two rows differ.
docs/checksums.md says how sure equal stamps are.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, localcontext

from core.money import EXACT
from core.sql import Session
from reconcilers.compare_sides import Sides, cell_text, quoted
from reconcilers.pair import ROOM

READABLE = "[+-]?0*([0-9]{1,22}([.][0-9]{0,12}0*)?|[.][0-9]{1,12}0*)"
"""A plain decimal of at most 12 places and 22 digits before the point; the same as in compare_row.sql."""
OTHER_SIDE = 0x9E3779B97F4A7C15
"""What the right side's stamps are mixed with; the same as in compare_suspect_key.sql."""
_SAMPLE = 1_000
_PLACES = 12
_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})


@dataclass(frozen=True, slots=True)
class Written:
    """How one side has a measured column: as SQL, its stored type, and the decimal places of its first rows."""

    column: str
    kind: str
    is_points: bool
    places: int

    @property
    def is_number(self) -> bool:
        """Stored as an exact number that is a plain decimal whatever its value."""
        found = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", self.kind)
        return self.kind in _INTEGERS or (found is not None and int(found[2]) <= _PLACES and int(found[1]) - int(found[2]) <= 22)

    @property
    def stored(self) -> str:
        """The cell to be hashed as it is."""
        if self.is_number:
            return f"coalesce({self.column}, 0)" if self.is_points else self.column
        return cell_text(self.column, is_points=self.is_points)

    @property
    def number(self) -> str:
        """The cell to be hashed as a number, however it is written."""
        return f"try_cast({self.stored} as decimal(38, {_PLACES}))"

    @property
    def summed(self) -> str:
        """The cell to be added up."""
        return self.stored if self.is_number else self.number

    @property
    def check(self) -> str:
        """Whether the cell is a plain number."""
        if self.is_number:
            return f"{self.stored} is not null"
        matched = f"regexp_full_match(coalesce({self.stored}, ''), '{READABLE}')"
        if self.places > _PLACES:
            return matched
        # written as the engine writes a decimal of these places it is a plain number; far cheaper than the pattern
        return f"case when try_cast({self.stored} as decimal(18, {self.places}))::varchar = {self.stored} then true else {matched} end"


def stamp_rows(session: Session, sides: Sides) -> None:
    """Make `compare_stamp`: is_left, line, a 64-bit hash of the row's key, and one of its key and cells.

    Cells are hashed as they are stored where both files write a column alike, as numbers where they do not; a cell that is no plain number never
    equals one of the other side, so its row is read exactly.
    """
    kinds = [_kinds(session, table) for table in (sides.left, sides.right)]
    keys = ", ".join(quoted(c) if kinds[0][c] == kinds[1][c] else f"{quoted(c)}::varchar" for c in sides.on)
    pairs = [(_written(session, sides, kinds[0], n, sides.left), _written(session, sides, kinds[1], n, sides.right)) for n in range(len(sides.measures))]
    parts = (_stamps(table, keys, pairs, is_left=side == 0) for side, table in enumerate((sides.left, sides.right)))
    session.statement(f"create or replace table compare_stamp as {' union all '.join(parts)}")


def suspect_lines(session: Session) -> None:
    """Make `compare_suspect_line`: the rows whose key is not certainly alike on both sides."""
    for name in ("compare_suspect_key", "compare_suspect_line"):
        session.rule(ROOM, name)


def _stamps(table: str, keys: str, pairs: list[tuple[Written, Written]], *, is_left: bool) -> str:
    checks, cells = [], []
    for left, right in pairs:
        own, alike = left if is_left else right, _alike(left, right)
        cells.append(own.stored if alike else own.number)
        # what is written alike need only be looked at on one side
        if is_left or not alike:
            checks.append(own.check)
    stamp = f"hash(key_hash, {', '.join(cells)})"
    if checks:
        stamp = f"case when {' and '.join(checks)} then {stamp} else {1 if is_left else 2}::ubigint end"
    mixed = stamp if is_left else f"xor({stamp}, {OTHER_SIDE}::ubigint)"
    rows = f"select *, hash({keys}) as key_hash from {quoted(table)}"
    return f"select {str(is_left).lower()} as is_left, file_line as line, key_hash, {mixed} as stamp from ({rows})"


def certified(session: Session, sides: Sides) -> tuple[int, list[Decimal]]:
    """Keys whose two rows carry the same stamp, and the sum of each measure over them (the same on both sides): all of the left less what is suspect."""
    kinds = _kinds(session, sides.left)
    numbers = [Written(quoted(c), kinds[c], c in sides.points, 0).summed for c in sides.measures]
    suspected = [Written(f"cells[{n + 1}]", "VARCHAR", c in sides.points, 0).summed for n, c in enumerate(sides.measures)]
    whole, less = (
        session.fetch(f"select count(*) as row_count, {', '.join(f'coalesce(sum({x}), 0) as m{n}' for n, x in enumerate(of))} from {source}")[0]
        for of, source in ((numbers, quoted(sides.left)), (suspected, "compare_suspect where side = 'left'"))
    )
    with localcontext(EXACT):
        return int(whole["row_count"]) - int(less["row_count"]), [whole[f"m{n}"] - less[f"m{n}"] for n in range(len(sides.measures))]


def _kinds(session: Session, table: str) -> dict[str, str]:
    """Column -> stored type."""
    return {r["column_name"]: r["column_type"] for r in session.fetch(f"describe {quoted(table)}")}


def _written(session: Session, sides: Sides, kinds: dict[str, str], measure: int, table: str) -> Written:
    name = sides.measures[measure]
    text = Written(quoted(name), kinds[name], measure >= len(sides.amounts), 0)
    if text.is_number:
        return text
    cells = f"select {text.stored} as cell from {quoted(table)} limit {_SAMPLE}"
    places = session.value(f"select max(length(split_part(coalesce(cell, ''), '.', 2))) from ({cells})")
    return Written(text.column, text.kind, text.is_points, places or 0)


def _alike(left: Written, right: Written) -> bool:
    """Whether equal numbers are stored alike as far as the first rows tell; a wrong guess costs time, never a difference."""
    if left.is_number or right.is_number:
        return left.kind == right.kind
    return left.places == right.places
