"""The engine behind `tieout compare`: two files of any origin, compared by key, in exact decimals, without books.

Both sides arrive as session tables of text columns and `file_line`. What does not belong here: reading files, writing results, and any meaning of a column
beyond key, amount and points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from core.errors import UsageFault
from core.sql import Session
from reconcilers.pair import ROOM

STATUSES = (
    "equal", "within_tolerance", "amount_differs", "points_differ", "only_left", "only_right", "zero_left", "zero_right",
    "duplicate_left", "duplicate_right", "duplicate_both", "unreadable",
)  # fmt: skip
GREEN = frozenset({"equal", "within_tolerance", "zero_left", "zero_right"})
MAX_DENOMINATOR = 10**12


@dataclass(frozen=True, slots=True)
class ClassTotal:
    """One class: keys, rows of either file, sums, and left - right net and gross (unreadable rows count but cannot be summed)."""

    keys: int
    left_rows: int
    right_rows: int
    left_amount: Decimal
    right_amount: Decimal
    net_difference: Decimal
    gross_difference: Decimal


@dataclass(frozen=True, slots=True)
class CompareResult:
    """What was found. `classes` has every class of STATUSES, in that order; the rows themselves are in the session table `compare_difference`."""

    classes: Mapping[str, ClassTotal]
    left_rows: int
    right_rows: int
    left_amount: Decimal
    right_amount: Decimal
    net_difference: Decimal
    gross_difference: Decimal
    tolerance: Fraction

    @property
    def breaks(self) -> int:
        """Keys in difference: everything but equal, within tolerance, and zero on one side alone."""
        return sum(t.keys for status, t in self.classes.items() if status not in GREEN)


def compare_files(session: Session, left: str, right: str, on: Sequence[str], amount: str, points: str | None, tolerance: Fraction | Decimal) -> CompareResult:
    """Compare two session tables of text columns plus `file_line` by the exact text of `on`.

    Money within `tolerance` x max(|a|, |b|) is green, equality included; points are exact, an empty points cell is 0. A number that is not a plain
    decimal of at most 12 places is `unreadable`, never guessed. A key twice on a side is its own class; its rows are summed, not multiplied.
    Makes `compare_difference`: key columns, status, both sides, lines, explanation; every key that is not equal. Raises UsageFault for a tolerance that
    is negative, not below 1, or finer than 10^-12, and for no key.
    """
    exact = _tolerance(tolerance)
    if not on:
        raise UsageFault("no key column given", "--on", "rows can only be compared by a key", "name one or more columns that both files have")
    session.statement(
        f"create or replace view compare_source as {_source(left, 'left', on, amount, points)} union all {_source(right, 'right', on, amount, points)}"
    )
    session.rule(ROOM, "compare_row")
    session.rule(ROOM, "compare_key", tolerance_numerator=exact.numerator, tolerance_denominator=exact.denominator)
    session.rule(ROOM, "compare_total")
    session.rule(ROOM, "compare_unequal")
    session.statement(_difference(left, right, on, amount))
    return _result(session, exact)


def _tolerance(tolerance: Fraction | Decimal) -> Fraction:
    exact = Fraction(tolerance)
    if not 0 <= exact < 1 or exact.denominator > MAX_DENOMINATOR:
        raise UsageFault(
            f"tolerance {tolerance} cannot be used", "--tolerance", "it is a fraction of the larger amount", "give 0 or more and less than 100%, such as 0.01%"
        )
    return exact


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _source(name: str, side: str, on: Sequence[str], amount: str, points: str | None) -> str:
    """One side in a fixed shape. Each key cell carries its length, so that cells cannot run into one another; absent is not empty."""
    key = " || ".join(f"coalesce(length({_quoted(c)}) || ':' || {_quoted(c)}, '-')" for c in on)
    points_text = f"{_quoted(points)}::varchar" if points else "null::varchar"
    columns = f"{key} as key, {_quoted(amount)}::varchar as amount_text, {points_text} as points_text"
    return f"select '{side}' as side, file_line as line, {columns} from {_quoted(name)}"


def _difference(left: str, right: str, on: Sequence[str], amount: str) -> str:
    """The key columns under their own names, found by the first line of either side, before the compared columns."""
    taken = {"status", "explanation", "left_lines", "right_lines", *(f"{s}_{c}" for s in ("left", "right", "difference") for c in ("amount", "points"))}
    keys = ", ".join(f"coalesce(l.{_quoted(c)}, r.{_quoted(c)}) as {_quoted(c if c not in taken else 'key_' + c)}" for c in on)
    return f"""
        create or replace table compare_difference as
        select {keys}, u.status, u.left_lines, u.right_lines, u.left_amount, u.right_amount, u.difference_amount, u.left_points, u.right_points,
            u.difference_points, coalesce(u.left_amount_text, l.{_quoted(amount)}) as left_amount_text,
            coalesce(u.right_amount_text, r.{_quoted(amount)}) as right_amount_text, u.explanation
        from compare_unequal as u
        left join {_quoted(left)} as l on l.file_line = u.left_line
        left join {_quoted(right)} as r on r.file_line = u.right_line
        order by u.key
    """


def _result(session: Session, tolerance: Fraction) -> CompareResult:
    rows = {r["status"]: r for r in session.fetch("select * from compare_total")}
    none = ClassTotal(0, 0, 0, Decimal(0), Decimal(0), Decimal(0), Decimal(0))
    classes = {s: _total(rows[s]) if s in rows else none for s in STATUSES}
    every = classes.values()
    return CompareResult(
        classes=classes,
        left_rows=sum(t.left_rows for t in every),
        right_rows=sum(t.right_rows for t in every),
        left_amount=sum((t.left_amount for t in every), Decimal(0)),
        right_amount=sum((t.right_amount for t in every), Decimal(0)),
        net_difference=sum((t.net_difference for t in every), Decimal(0)),
        gross_difference=sum((t.gross_difference for t in every), Decimal(0)),
        tolerance=tolerance,
    )


def _total(row: Mapping[str, object]) -> ClassTotal:
    names = ("left_amount", "right_amount", "net_difference", "gross_difference")
    keys, left_rows, right_rows = (int(str(row[n])) for n in ("key_count", "left_rows", "right_rows"))
    return ClassTotal(keys, left_rows, right_rows, *(Decimal(str(row[n])) for n in names))
