"""The statements of `tieout compare` that must name the user's own columns: both sides by hash, the rows worth reading exactly, and the result's columns.

Rules with fixed column names are in sql/compare_*.sql. What does not belong here: what makes two rows differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.sql import Session


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


def cell_text(column: str, *, is_points: bool) -> str:
    """A cell as it is read: no points are zero points, no money is no number."""
    return f"coalesce(nullif({column}::varchar, ''), '0')" if is_points else f"{column}::varchar"


def suspects(session: Session, sides: Sides, *, everything: bool) -> None:
    """Make `compare_suspect` of the rows in `compare_suspect_line` (or of all): side, line, key, key cells and measured cells as text."""
    key = " || ".join(f"coalesce(length({quoted(c)}::varchar) || ':' || {quoted(c)}::varchar, '-')" for c in sides.on)
    names, cells = (", ".join(f"{quoted(c)}::varchar" for c in columns) for columns in (sides.on, sides.measures))
    shown = f"file_line as line, {key} as key, [{names}] as names, [{cells}] as cells"
    kept = "" if everything else " where file_line in (select line from compare_suspect_line where is_left = {})"
    parts = (
        f"select '{side}' as side, {shown} from {quoted(table)}" + kept.format(side == "left") for side, table in (("left", sides.left), ("right", sides.right))
    )
    session.statement(f"create or replace table compare_suspect as {' union all '.join(parts)}")


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
