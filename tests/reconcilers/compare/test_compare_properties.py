"""compare against a plain-Python oracle on random files, its conservation, and the boundary of 0.01 % on a million pairs."""

from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.sql import Limits, Session
from reconcilers.compare_files import compare_files
from tests.spec.test_compare import compared

AMOUNTS = st.one_of(st.sampled_from(["100.00", "100.01", "100.010001", "-100.00", "0", "x", "99.99"]), st.decimals(-(10**9), 10**9, places=4).map(str))
ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d"]), AMOUNTS, st.sampled_from(["", "1", "2"])), max_size=6)
TOLERANCES = st.sampled_from([Fraction(0), Fraction(1, 10_000), Fraction(1, 7), Fraction(999, 1000)])


def oracle(left: list[tuple[str, str, str]], right: list[tuple[str, str, str]], tolerance: Fraction) -> dict[str, str]:
    found = {}
    for key in {r[0] for r in left + right}:
        a, b = ([r for r in side if r[0] == key] for side in (left, right))
        found[key] = one_class(a, b, tolerance)
    return {k: v for k, v in found.items() if v != "equal"}


def one_class(a: list[tuple[str, str, str]], b: list[tuple[str, str, str]], tolerance: Fraction) -> str:
    if any(r[1] == "x" for r in a + b):
        return "unreadable"
    if len(a) > 1 or len(b) > 1:
        return "duplicate_both" if len(a) > 1 and len(b) > 1 else "duplicate_left" if len(a) > 1 else "duplicate_right"
    money = [Fraction(side[0][1]) if side else Fraction(0) for side in (a, b)]
    points = [Fraction(side[0][2] or "0") if side else Fraction(0) for side in (a, b)]
    if not a or not b:
        side = "left" if a else "right"
        return f"zero_{side}" if not any(money) and not any(points) else f"only_{side}"
    if points[0] != points[1]:
        return "points_differ"
    if abs(money[0] - money[1]) > tolerance * max(abs(money[0]), abs(money[1])):
        return "amount_differs"
    return "equal" if money[0] == money[1] else "within_tolerance"


@settings(max_examples=30, deadline=None)
@given(ROWS, ROWS, TOLERANCES)
def test_against_the_oracle(left: list[tuple[str, str, str]], right: list[tuple[str, str, str]], tolerance: Fraction) -> None:
    result, found = compared(left, right, tolerance)
    assert found == oracle(left, right, tolerance)
    assert (result.left_rows, result.right_rows) == (len(left), len(right))
    assert result.net_difference == result.left_amount - result.right_amount
    mirrored, _ = compared(right, left, tolerance)
    assert (mirrored.net_difference, mirrored.gross_difference, mirrored.breaks) == (-result.net_difference, result.gross_difference, result.breaks)


def test_a_million_pairs_exactly_on_the_boundary_are_all_within() -> None:
    """k x 100.00 against k x 99.99 differ by exactly 0.01 % of the larger: within; in binary floats about half of them fail."""
    with Session(Limits(folders=(Path("/nonexistent"),))) as session:
        session.statement(
            "create table a as select k as file_line, k::varchar as id, (k * 100.00)::decimal(18, 2)::varchar as amount from range(1, 1000001) as t (k)"
        )
        session.statement(
            "create table b as select k as file_line, k::varchar as id, (k * 99.99)::decimal(18, 2)::varchar as amount from range(1, 1000001) as t (k)"
        )
        result = compare_files(session, "a", "b", ["id"], "amount", None, Fraction(1, 10_000))
    assert {s: t.keys for s, t in result.classes.items() if t.keys} == {"within_tolerance": 1_000_000}
