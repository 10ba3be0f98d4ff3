"""The engine behind `tieout compare`: two files of any origin, compared by key, in exact decimals, without books.

Both sides arrive as session tables of text columns and `file_line`. Rows are first told apart by checksums; only keys that are not certainly alike are
read exactly (docs/checksums.md says how sure that is; `exact` reads every key). What does not belong here: reading files, writing results, and any
meaning of a column beyond key, amount and points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from core.errors import UsageFault
from core.money import EXACT
from core.sql import Session
from reconcilers.compare_sides import Sides, differences, suspects
from reconcilers.compare_stamps import certified, stamp_rows, suspect_lines
from reconcilers.pair import ROOM

STATUSES = (
    "equal", "within_tolerance", "amount_differs", "points_differ", "only_left", "only_right", "zero_left", "zero_right",
    "duplicate_left", "duplicate_right", "duplicate_both", "unreadable",
)  # fmt: skip
GREEN = frozenset({"equal", "within_tolerance", "zero_left", "zero_right"})
MAX_DENOMINATOR = 10**12
Tolerance = Fraction | Decimal


@dataclass(frozen=True, slots=True)
class ClassTotal:
    """One class: keys, rows of either file, and of the first money column its sums and left - right net and gross (unreadable cells cannot be summed)."""

    keys: int
    left_rows: int
    right_rows: int
    left_amount: Decimal
    right_amount: Decimal
    net_difference: Decimal
    gross_difference: Decimal


@dataclass(frozen=True, slots=True)
class MeasureTotal:
    """One measured column over all keys: its sums, left - right net and gross, and the tolerance it was held to (None: exact)."""

    left: Decimal
    right: Decimal
    net_difference: Decimal
    gross_difference: Decimal
    tolerance: Fraction | None


@dataclass(frozen=True, slots=True)
class CompareResult:
    """What was found. `classes` has every class of STATUSES, in that order; the rows themselves are in the session table `compare_difference`.

    Amounts are those of the first money column; `measures` has every measured column by name. `certified_keys` were told alike by checksums alone.
    """

    classes: Mapping[str, ClassTotal]
    left_rows: int
    right_rows: int
    left_amount: Decimal
    right_amount: Decimal
    net_difference: Decimal
    gross_difference: Decimal
    tolerance: Fraction
    measures: Mapping[str, MeasureTotal]
    certified_keys: int

    @property
    def breaks(self) -> int:
        """Keys in difference: everything but equal, within tolerance, and zero on one side alone."""
        return sum(t.keys for status, t in self.classes.items() if status not in GREEN)


def compare_files(
    session: Session, left: str, right: str, on: Sequence[str], amount: str | Sequence[str], points: str | Sequence[str] | None,
    tolerance: Tolerance | Mapping[str, Tolerance], *, exact: bool = False,
) -> CompareResult:  # fmt: skip
    """Compare two session tables of text columns plus `file_line` by the exact text of `on`.

    Money within `tolerance` x max(|a|, |b|) is green, equality included (one tolerance, or one for each money column by name); points are exact, an empty
    points cell is 0. A number that is not a plain decimal of at most 12 places is `unreadable`, never guessed. A key twice on a side is its own class;
    its rows are summed, not multiplied. Makes `compare_difference`: key columns, status, both sides, lines, explanation; every key that is not equal.
    `exact`: no checksums, every key is read. Raises UsageFault for a tolerance that is negative, not below 1, or finer than 10^-12, for no key, and for a
    column named twice.
    """
    sides = Sides(left, right, tuple(on), _names(amount), _names(points))
    held = _held(sides, tolerance)
    session.statement(
        "create or replace table compare_measure (measure bigint, name varchar, is_points boolean, tolerance_numerator bigint, tolerance_denominator bigint)"
    )
    for n, name in enumerate(sides.measures):
        limit = held.get(name) or Fraction(0)
        session.statement(
            "insert into compare_measure values ($measure, $name, $is_points, $numerator, $denominator)",
            measure=n, name=name, is_points=n >= len(sides.amounts), numerator=limit.numerator, denominator=limit.denominator,
        )  # fmt: skip
    if not exact:
        stamp_rows(session, sides)
        suspect_lines(session)
    suspects(session, sides, everything=exact)
    for name in ("compare_row", "compare_cell", "compare_key", "compare_total", "compare_unequal"):
        session.rule(ROOM, name)
    differences(session, sides)
    keys, sums = (0, [Decimal(0)] * len(sides.measures)) if exact else certified(session, sides)
    return _result(session, sides, held, keys, sums)


def _names(columns: str | Sequence[str] | None) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns or ())


def _held(sides: Sides, tolerance: Tolerance | Mapping[str, Tolerance]) -> dict[str, Fraction]:
    """The tolerance of every money column."""
    if not sides.on:
        raise UsageFault("no key column given", "--on", "rows can only be compared by a key", "name one or more columns that both files have")
    if not sides.amounts:
        raise UsageFault("no money column given", "--amount", "there is nothing to compare", "name one or more columns that both files have")
    twice = sorted({c for c in sides.measures if sides.measures.count(c) > 1})
    if twice:
        raise UsageFault(f"{twice[0]} is named twice", "--amount, --points", "a column is money or points, and compared once", "name each column once")
    if not isinstance(tolerance, Mapping):
        return dict.fromkeys(sides.amounts, _tolerance(tolerance))
    unknown = sorted(set(tolerance) - set(sides.amounts))
    if unknown:
        raise UsageFault(
            f"a tolerance for {unknown[0]}, which is no money column", "--tolerance", "it would hold for nothing", f"columns: {', '.join(sides.amounts)}"
        )
    return {c: _tolerance(tolerance.get(c, Decimal(0))) for c in sides.amounts}


def _tolerance(tolerance: Tolerance) -> Fraction:
    exact = Fraction(tolerance)
    if not 0 <= exact < 1 or exact.denominator > MAX_DENOMINATOR:
        raise UsageFault(
            f"tolerance {tolerance} cannot be used", "--tolerance", "it is a fraction of the larger amount", "give 0 or more and less than 100%, such as 0.01%"
        )
    return exact


def _result(session: Session, sides: Sides, held: Mapping[str, Fraction], keys: int, sums: Sequence[Decimal]) -> CompareResult:
    """Exact totals of the keys that were read, and the certified ones under `equal`."""
    found = session.fetch("select * from compare_total")
    with localcontext(EXACT):
        by_measure: list[list[ClassTotal]] = []
        for n, sum_ in enumerate(sums):
            rows = {r["status"]: _total(r) for r in found if r["measure"] == n}
            alike = ClassTotal(keys, keys, keys, sum_, sum_, Decimal(0), Decimal(0))
            by_measure.append([_added(rows.get(s, _NONE), alike if s == "equal" else _NONE) for s in STATUSES])
        measures = {c: _measured(by_measure[n], held.get(c)) for n, c in enumerate(sides.measures)}
    first = measures[sides.amounts[0]]
    classes = dict(zip(STATUSES, by_measure[0], strict=True))
    rows_of = (sum(t.left_rows for t in by_measure[0]), sum(t.right_rows for t in by_measure[0]))
    return CompareResult(classes, *rows_of, first.left, first.right, first.net_difference, first.gross_difference, held[sides.amounts[0]], measures, keys)


_NONE = ClassTotal(0, 0, 0, Decimal(0), Decimal(0), Decimal(0), Decimal(0))


def _total(row: Mapping[str, object]) -> ClassTotal:
    names = ("left_value", "right_value", "net_difference", "gross_difference")
    keys, left_rows, right_rows = (int(str(row[n])) for n in ("key_count", "left_rows", "right_rows"))
    return ClassTotal(keys, left_rows, right_rows, *(Decimal(str(row[n])) for n in names))


def _added(a: ClassTotal, b: ClassTotal) -> ClassTotal:
    return ClassTotal(
        a.keys + b.keys, a.left_rows + b.left_rows, a.right_rows + b.right_rows, a.left_amount + b.left_amount, a.right_amount + b.right_amount,
        a.net_difference + b.net_difference, a.gross_difference + b.gross_difference,
    )  # fmt: skip


def _measured(totals: Sequence[ClassTotal], tolerance: Fraction | None) -> MeasureTotal:
    def total(name: str) -> Decimal:
        return sum((getattr(t, name) for t in totals), Decimal(0))

    return MeasureTotal(total("left_amount"), total("right_amount"), total("net_difference"), total("gross_difference"), tolerance)
