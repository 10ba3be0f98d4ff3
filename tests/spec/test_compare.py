"""Spec of `tieout compare`: two files of any origin, by key, in exact decimals."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from core.errors import UsageFault
from core.sql import Limits, Session
from reconcilers.compare_files import CompareResult, compare_files

TENTH_OF_A_THOUSANDTH = Fraction(1, 10_000)
Side = Sequence[tuple[str | None, str | None, str | None]]


def compared(left: Side, right: Side, tolerance: Fraction = TENTH_OF_A_THOUSANDTH) -> tuple[CompareResult, dict[str | None, str]]:
    """Rows of (key, amount, points) on both sides; the result and the class of every key that is not equal."""
    with Session(Limits(folders=(Path("/nonexistent"),))) as session:
        for name, rows in (("a", left), ("b", right)):
            session.statement(f'create table {name} (file_line bigint, "the key" varchar, amount varchar, points varchar)')
            for n, row in enumerate(rows, 2):
                session.statement(f"insert into {name} values ($line, $key, $amount, $points)", line=n, key=row[0], amount=row[1], points=row[2])
        result = compare_files(session, "a", "b", ["the key"], "amount", "points", tolerance)
        return result, {r["the key"]: r["status"] for r in session.fetch("select * from compare_difference")}


CASES: list[tuple[str, Side, Side, str | None]] = [
    ("equal", [("k", "1.00", "5")], [("k", "1.0", "5.0")], None),
    ("exactly 0.01 % is within", [("k", "100.00", "")], [("k", "99.99", "")], "within_tolerance"),
    ("one more place is not", [("k", "100.00", "")], [("k", "99.989999999999", "")], "amount_differs"),
    ("far above 2^53", [("k", "90071992547409930000.00", "")], [("k", "90071992547409930000.01", "")], "within_tolerance"),
    ("far above 2^53, beyond", [("k", "1000000000000000000000", "")], [("k", "1000100010001000100010.1", "")], "amount_differs"),
    ("points are exact", [("k", "1.00", "5")], [("k", "1.00", "5.0001")], "points_differ"),
    ("no points is zero points", [("k", "1.00", None)], [("k", "1.00", "0")], None),
    ("only left", [("k", "1.00", "")], [], "only_left"),
    ("only right", [], [("k", "1.00", "")], "only_right"),
    ("only left, and zero", [("k", "0.00", "")], [], "zero_left"),
    ("only left, zero money but points", [("k", "0.00", "1")], [], "only_left"),
    ("twice on the left", [("k", "1.00", ""), ("k", "1.00", "")], [("k", "2.00", "")], "duplicate_left"),
    ("twice on the right", [("k", "1.00", "")], [("k", "1.00", ""), ("k", "1.00", "")], "duplicate_right"),
    ("twice on both", [("k", "1.00", "")] * 2, [("k", "1.00", "")] * 2, "duplicate_both"),
    ("an exponent is not guessed", [("k", "1e2", "")], [("k", "100", "")], "unreadable"),
    ("a decimal comma is not guessed", [("k", "1,00", "")], [("k", "1.00", "")], "unreadable"),
    ("a blank is not guessed", [("k", " 1.00", "")], [("k", "1.00", "")], "unreadable"),
    ("nothing is not zero", [("k", "", "")], [("k", "0.00", "")], "unreadable"),
    ("not a number", [("k", "NaN", "")], [("k", "1.00", "")], "unreadable"),
    ("38 digits are not cut", [("k", "9" * 38, "")], [("k", "9" * 38, "")], "unreadable"),
    ("13 places are not rounded", [("k", "0.1234567890123", "")], [("k", "0.123456789012", "")], "unreadable"),
    ("zeros behind are no places", [("k", "0.10000000000000000", "")], [("k", "0.1", "")], None),
]


@pytest.mark.parametrize(("says", "left", "right", "status"), CASES, ids=[c[0] for c in CASES])
def test_class(says: str, left: Side, right: Side, status: str | None) -> None:
    result, found = compared(left, right)
    assert found == ({} if status is None else {"k": status}), says
    assert (result.left_rows, result.right_rows) == (len(left), len(right))


def test_keys_are_exact_text() -> None:
    assert compared([("007", "1", "")], [("7", "1", "")])[1] == {"007": "only_left", "7": "only_right"}
    assert compared([("k ", "1", "")], [("k", "1", "")])[1] == {"k ": "only_left", "k": "only_right"}
    assert compared([(None, "1", "")], [("", "1", "")])[1] == {None: "only_left", "": "only_right"}


def test_totals_net_and_gross() -> None:
    result, _ = compared([("a", "10", ""), ("b", "10", ""), ("c", "1", "")], [("a", "13", ""), ("b", "8", ""), ("c", "1", "")])
    assert (result.net_difference, result.gross_difference, result.breaks) == (Decimal(-1), Decimal(5), 2)


@pytest.mark.parametrize("tolerance", [Fraction(-1, 100), Fraction(1), Fraction(1, 10**13)])
def test_a_tolerance_that_cannot_be_meant(tolerance: Fraction) -> None:
    with pytest.raises(UsageFault):
        compared([], [], tolerance)


def told(
    left: Sequence[Sequence[str]], right: Sequence[Sequence[str]], tolerance: Fraction | Mapping[str, Fraction], *, exact: bool = False
) -> tuple[CompareResult, dict[str, dict[str, Any]]]:
    """Rows of (key, net, tax, points, stars): two money and two points columns."""
    columns = ("id", "net", "tax", "points", "stars")
    with Session(Limits(folders=(Path("/nonexistent"),))) as session:
        for name, rows in (("a", left), ("b", right)):
            session.statement(f"create table {name} (file_line bigint, {', '.join(f'{c} varchar' for c in columns)})")
            for n, row in enumerate(rows, 2):
                session.statement(f"insert into {name} values ($line, {', '.join(f'${c}' for c in columns)})", line=n, **dict(zip(columns, row, strict=True)))
        result = compare_files(session, "a", "b", ["id"], ["net", "tax"], ["points", "stars"], tolerance, exact=exact)
        return result, {r["id"]: r for r in session.fetch("select * from compare_difference")}


def test_several_measures_each_with_its_tolerance() -> None:
    left = [("a", "100.00", "19.00", "5", "1"), ("b", "100.00", "19.00", "5", "1"), ("c", "1.00", "0.19", "5", "1"), ("d", "1", "1", "1", "1")]
    right = [("a", "100.01", "19.00", "5", "1"), ("b", "100.00", "19.0001", "5", "1"), ("c", "1.00", "0.20", "5", "2"), ("d", "1", "1", "1", "1")]
    result, found = told(left, right, {"net": TENTH_OF_A_THOUSANDTH})
    assert {k: r["status"] for k, r in found.items()} == {"a": "within_tolerance", "b": "amount_differs", "c": "points_differ"}
    assert found["b"]["explanation"] == "money differs beyond the tolerance: tax", "a money column without a tolerance is exact"
    assert found["c"]["explanation"] == "points differ: stars; money differs beyond the tolerance: tax"
    assert (found["b"]["left_tax"], found["b"]["right_tax"], found["b"]["difference_tax"]) == (Decimal("19"), Decimal("19.0001"), Decimal("-0.0001"))
    assert found["c"]["difference_stars"] == -1
    assert {n: m.net_difference for n, m in result.measures.items()} == {"net": Decimal("-0.01"), "tax": Decimal("-0.0101"), "points": 0, "stars": -1}
    assert (result.measures["net"].left, result.measures["stars"].tolerance) == (Decimal(202), None)


def test_what_cannot_be_read_is_named() -> None:
    _, found = told([("a", "", "1", "1", "1")], [("a", "1", "1e2", "1", "x")], TENTH_OF_A_THOUSANDTH)
    assert found["a"]["explanation"] == "a number cannot be read exactly: left net is empty; right tax 1e2, stars x"


def test_a_tolerance_for_no_money_column_is_refused() -> None:
    with pytest.raises(UsageFault, match="no money column"):
        told([], [], {"points": TENTH_OF_A_THOUSANDTH})


def test_what_checksums_certify_is_what_reading_every_key_finds() -> None:
    left = [(str(k), f"{k}.00", "1.0", "5", "") for k in range(300)]
    right = [(str(k), f"{k}.00" if k % 7 else f"{k}.01", "1.00" if k % 5 else "1.0", "5", "0") for k in range(300)]
    quick, thorough = told(left, right, Fraction(0)), told(left, right, Fraction(0), exact=True)
    assert quick[1] == thorough[1]
    assert quick[0].classes == thorough[0].classes and quick[0].measures == thorough[0].measures
    assert quick[0].certified_keys == 257 and thorough[0].certified_keys == 0
