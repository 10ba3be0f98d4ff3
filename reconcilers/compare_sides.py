"""The statements of `tieout compare` that must name the user's own columns: both sides by hash, the rows worth reading exactly, and the result's columns.

Rules with fixed column names are in sql/compare_*.sql. What does not belong here: what makes two rows differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from core.money import EXACT
from core.sql import Session

READABLE = "[+-]?0*([0-9]{1,22}([.][0-9]{0,12}0*)?|[.][0-9]{1,12}0*)"
"""A plain decimal of at most 12 places and 22 digits before the point; the same as in compare_row.sql."""
_SAMPLE = 1_000
OTHER_SIDE = 0x9E3779B97F4A7C15
"""What the right side's stamps are mixed with; the same as in compare_suspect_key.sql."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Two session tables of text columns plus `file_line`, the key columns, and the measured columns: money first, then points."""

    left: str
    right: str
    on: Sequence[str]
    amounts: Sequence[str]
    points: Sequence[str]

    @property
    def measures(self) -> tuple[str, ...]:
        return (*self.amounts, *self.points)


def quoted(name: str) -> str:
    """A column or table name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def stamp_rows(session: Session, sides: Sides) -> None:
    """Make the view `compare_stamp`: a 64-bit hash of every row's key, and one of its key and cells.

    Cells are hashed as they are written where both files write a column alike, as numbers where they do not; a cell that is no plain number never
    equals one of the other side, so its row is read exactly.
    """
    alike = [_written_alike(session, sides, n) for n in range(len(sides.measures))]
    session.statement(f"create or replace view compare_stamp as {_stamps(sides, alike, is_left=True)} union all {_stamps(sides, alike, is_left=False)}")


def suspects(session: Session, sides: Sides, *, everything: bool) -> None:
    """Make `compare_suspect` of the rows whose key hash is in `compare_suspect_key` (or of all): side, line, key, key cells and measured cells as text."""
    key = " || ".join(f"coalesce(length({quoted(c)}) || ':' || {quoted(c)}, '-')" for c in sides.on)
    names, cells = (", ".join(f"{quoted(c)}::varchar" for c in columns) for columns in (sides.on, sides.measures))
    kept = "" if everything else f" where {_hash(sides)} in (select key_hash from compare_suspect_key)"
    shown = f"file_line as line, {key} as key, [{names}] as names, [{cells}] as cells"
    parts = (f"select '{side}' as side, {shown} from {quoted(name)}{kept}" for side, name in (("left", sides.left), ("right", sides.right)))
    session.statement(f"create or replace table compare_suspect as {' union all '.join(parts)}")


def certified(session: Session, sides: Sides) -> tuple[int, list[Decimal]]:
    """Keys whose two rows carry the same stamp, and the sum of each measure over them (the same on both sides): all of the left less what is suspect."""
    numbers = [f"try_cast({_cell(sides, n)} as decimal(38, 12))" for n in range(len(sides.measures))]
    suspected = [f"try_cast({_cell(sides, n, f'cells[{n + 1}]')} as decimal(38, 12))" for n in range(len(sides.measures))]
    whole, less = (
        session.fetch(f"select count(*) as row_count, {', '.join(f'coalesce(sum({x}), 0) as m{n}' for n, x in enumerate(of))} from {source}")[0]
        for of, source in ((numbers, quoted(sides.left)), (suspected, "compare_suspect where side = 'left'"))
    )
    with localcontext(EXACT):
        return int(whole["row_count"]) - int(less["row_count"]), [whole[f"m{n}"] - less[f"m{n}"] for n in range(len(sides.measures))]


def differences(session: Session, sides: Sides) -> None:
    """Make `compare_difference` of `compare_unequal`: the key columns under their own names, then status, lines, every measure side by side, explanation."""
    taken = {"status", "explanation", "left_lines", "right_lines", *(f"{s}_{c}" for s in ("left", "right", "difference") for c in ("amount", "points"))}
    keys = [f"u.names[{n + 1}] as {quoted(c if c not in taken else 'key_' + c)}" for n, c in enumerate(sides.on)]
    shown, used = [], {*taken, *sides.on}
    for n, name in enumerate(measure_names(sides)):
        used |= {f"{s}_{name}" for s in ("left", "right", "difference")}
        shown += [f"u.{s}_values[{n + 1}] as {quoted(f'{s}_{name}')}" for s in ("left", "right", "difference")]
    if not sides.points:
        shown += [f"cast(null as decimal(38, 12)) as {s}_points" for s in ("left", "right", "difference")]
    columns = ", ".join([*keys, "u.status", "u.left_lines", "u.right_lines", *shown, "u.left_amount_text", "u.right_amount_text", "u.explanation"])
    session.statement(f"create or replace table compare_difference as select {columns} from compare_unequal as u order by u.key")


def measure_names(sides: Sides) -> list[str]:
    """What each measure is called behind left_, right_ and difference_: amount and points for the first of each, the column's own name for others."""
    firsts = {0: "amount", len(sides.amounts): "points"}
    names: list[str] = []
    for n, column in enumerate(sides.measures):
        name = firsts.get(n, column)
        while name.lower() in {used.lower() for used in names} or (n not in firsts and name in ("amount", "points", "lines", "amount_text")):
            name += "_2"
        names.append(name)
    return names


def _hash(sides: Sides) -> str:
    return f"hash({', '.join(quoted(c) for c in sides.on)})"


def _cell(sides: Sides, measure: int, source: str = "") -> str:
    """A cell as it is read: no points are zero points, no money is no number."""
    text = source or f"{quoted(sides.measures[measure])}::varchar"
    return text if measure < len(sides.amounts) else f"coalesce(nullif({text}, ''), '0')"


def _stamps(sides: Sides, alike: Sequence[bool], *, is_left: bool) -> str:
    checks, cells = [], []
    for n, same in enumerate(alike):
        cells.append(f"m{n}" if same else f"try_cast(m{n} as decimal(38, 12))")
        # what is written alike need only be looked at on one side
        if is_left or not same:
            checks.append(f"regexp_full_match(coalesce(m{n}, ''), '{READABLE}')")
    stamp = f"hash(key_hash, {', '.join(cells)})"
    if checks:
        stamp = f"case when {' and '.join(checks)} then {stamp} else {1 if is_left else 2}::ubigint end"
    columns = ", ".join(f"{_cell(sides, n)} as m{n}" for n in range(len(alike)))
    mixed = stamp if is_left else f"xor({stamp}, {OTHER_SIDE}::ubigint)"
    return f"select key_hash, {mixed} as stamp from (select {_hash(sides)} as key_hash, {columns} from {quoted(sides.left if is_left else sides.right)})"


def _written_alike(session: Session, sides: Sides, measure: int) -> bool:
    """Whether the first rows of both files write a column with the same numbers of decimal places; a wrong guess costs time, never a difference."""
    places = []
    for name in (sides.left, sides.right):
        cell = f"select {_cell(sides, measure)} as cell from {quoted(name)} limit {_SAMPLE}"
        places.append({r["places"] for r in session.fetch(f"select distinct length(split_part(coalesce(cell, ''), '.', 2)) as places from ({cell})")})
    return max(places[0], default=0) == max(places[1], default=0)
