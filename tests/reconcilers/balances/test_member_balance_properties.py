"""member_balance by checksums and by reading every row: against the plain-Python oracle on random days, and what must not matter."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sql import Session
from reconcilers.member_balance import compare_member_balance
from reconcilers.member_rows import Shape
from reconcilers.pair import rows_unaccounted
from tests.fold import programme
from tests.reconcilers.balances.member_oracle import dispositions, findings
from tests.reconcilers.balances.pair_day import D, PairDay

EVERYTHING = Shape(large=10**9)
JOINED = Shape(large=0)
NEVER_FITS = 10**18
WIDE, ONE_BUCKET = (Shape(large=0, held=NEVER_FITS, worth=0, members=m) for m in (1, 10**9))
"""Checksums however few the rows and however many differ: a bucket for every few members, and one for all."""
GIVEN_UP = Shape(large=0, held=NEVER_FITS, worth=10**9)
"""Checksums in vain, whatever differs: more than one bucket of so many is bad."""
SHAPES = [WIDE, ONE_BUCKET, EVERYTHING, JOINED, GIVEN_UP]
Rows = list[dict[str, Any]]
PEOPLE = {"m1": "g1", "m2": "g1", "m3": "g3", "m4": "g4", "m5": "g5"}
POINTS = st.sampled_from(["0", "100", "100.0050", "-100", "1000000", "99.9950"]).map(Decimal)
MONEY = st.sampled_from(["0", "1.0000", "1.0001", "-1.0000", "10000.0000", "9999.0000", "9998.9999"]).map(Decimal)
LOYALTY = st.builds(
    lambda p, m, c, points, amount: state(m, points, amount, programme_id=p, currency=c),
    st.sampled_from(["p1", "p2"]), st.sampled_from([*PEOPLE]), st.sampled_from([None, "USD", "EUR"]), POINTS, st.none() | MONEY,
)  # fmt: skip
LEDGER = st.builds(
    lambda ledger_id, account, p, m, c, points, amount: entry(m, points, amount, ledger_id=ledger_id, account=account, programme_id=p, currency=c),
    st.sampled_from(["gl", "gl", "ifrs"]), st.sampled_from(["2100", "2100", "2200", "9999"]), st.sampled_from([None, "p1", "p1", "p2"]),
    st.sampled_from([*PEOPLE, None]), st.sampled_from(["USD", "EUR"]), st.none() | POINTS, MONEY,
)  # fmt: skip


def state(member: str, points: Any, amount: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "as_of_date": D,
        "programme_id": "p1",
        "member_id": member,
        "global_id": PEOPLE.get(member, member),
        "points": points,
        "amount": amount,
        "currency": None,
        **more,
    }


def entry(member: str | None, points: Any, amount: Any, **more: Any) -> dict[str, Any]:
    """A ledger's balance, owed +, turned into the ledger's sign."""
    return {
        "as_of_date": D, "ledger_id": "gl", "company_id": "1000", "account": "2100", "programme_id": "p1", "member_id": member, "currency": "USD",
        "global_id": PEOPLE.get(member, member) if member else None, "points": None if points is None else -points, "amount": -amount, **more,
    }  # fmt: skip


def unique(rows: Rows, *key: str) -> Rows:
    """As intake leaves them: a key enters once."""
    return list({tuple(r[k] for k in key): r for r in rows}.values())


DAYS = st.tuples(
    st.lists(LOYALTY, max_size=8).map(lambda rows: unique(rows, "programme_id", "member_id", "currency")),
    st.lists(LEDGER, max_size=8).map(lambda rows: unique(rows, "ledger_id", "account", "currency", "programme_id", "member_id")),
    st.booleans(),
).map(lambda drawn: (drawn[0], mirrored(drawn[0]) + drawn[1] if drawn[2] else drawn[1]))
"""Random sides, or a ledger that has what loyalty has beside what is random."""


def mirrored(loyalty: Rows) -> Rows:
    return [entry(r["member_id"], r["points"], Decimal(r["amount"]), programme_id=r["programme_id"], account="2100" if r["programme_id"] == "p1" else "2200",
                  currency=r["currency"]) for r in loyalty if r["amount"] is not None and r["currency"]]  # fmt: skip


def compared(loyalty: Rows, ledger: Rows, shape: Shape, *, transit: Any = (), threads: int = 2, look: Callable[[Session], Any] | None = None) -> Any:
    """The findings and dispositions of the day, all columns, in order; or what `look` sees."""
    two = [programme(windows={"posting_days": 0}), programme(id="p2", accounts={"liability": "2200"}, windows={"posting_days": 0})]
    day = PairDay(programmes=two, threads=threads).put("loyalty_balance", *loyalty).put("ledger_balance", *ledger)
    for (programme_id, global_id, currency), (points, amount) in dict(transit).items():
        item = {"code": "TM-01", "programme_id": programme_id, "global_id": global_id, "currency": currency, "business_key": "E", "pair": "event_ledger"}
        day.put("event_ledger_finding", {**item, "left_points": points, "left_amount": amount})
    with day.open() as session:
        compare_member_balance(session, D, shape)
        assert rows_unaccounted(session, {"member_balance": ("loyalty_balance", "ledger_balance")}, D) == []
        if look:
            return look(session)
        return tuple(session.fetch(f"select * from member_balance_{what} order by all") for what in ("finding", "disposition"))


def codes(found: Any) -> dict[tuple[str, str, str], str]:
    return {(r["programme_id"], r["global_id"], r["currency"]): r["code"] for r in found[0]}


def suspects(session: Session) -> int:
    return int(session.value("select count(*) from member_balance_suspect"))


@settings(max_examples=25, deadline=None)
@given(DAYS, st.booleans(), st.sampled_from(SHAPES))
def test_against_the_oracle(day: tuple[Rows, Rows], late: bool, shape: Shape) -> None:
    loyalty, ledger = day
    transit = {("p1", "g3", "USD"): (Decimal(100), Decimal("1.0000"))} if late else {}
    found = compared(loyalty, ledger, shape, transit=transit)
    expected = findings(loyalty, ledger, transit)
    assert codes(found) == expected
    ended = {(r["side"], r["disposition"], r["reason"], r["currency"]): (r["row_count"], r["points"], r["amount"]) for r in found[1]}
    assert ended == dispositions(loyalty, ledger, expected)


@settings(max_examples=15, deadline=None)
@given(DAYS, st.booleans(), st.sampled_from([JOINED, GIVEN_UP]))
def test_one_ledger_against_the_oracle(day: tuple[Rows, Rows], late: bool, shape: Shape) -> None:
    loyalty, ledger = day[0], unique([{**r, "ledger_id": "gl"} for r in day[1]], "account", "currency", "programme_id", "member_id")
    test_against_the_oracle.hypothesis.inner_test((loyalty, ledger), late, shape)  # type: ignore[attr-defined]


@settings(max_examples=10, deadline=None)
@given(DAYS, st.integers(0, 2**62))
def test_nothing_that_is_written_depends_on_the_salt_the_buckets_the_order_or_the_threads(day: tuple[Rows, Rows], salt: int) -> None:
    loyalty, ledger = day
    exact = compared(loyalty, ledger, EVERYTHING)
    assert compared(loyalty[::-1], ledger[::-1], Shape(large=0, held=NEVER_FITS, worth=0, members=1, salt=salt), threads=1) == exact
    assert compared(loyalty, ledger, Shape(large=0, held=NEVER_FITS, worth=1, salt=salt)) == exact, "given up where one bucket of all is bad"
    assert compared(loyalty[::-1], ledger[::-1], JOINED, threads=1) == exact


MONIES = st.dictionaries(st.sampled_from([f"m{n}" for n in range(20)]), st.tuples(MONEY, POINTS), max_size=8)


@settings(max_examples=10, deadline=None)
@given(MONIES, MONIES)
def test_sides_change_places(one: dict[str, tuple[Decimal, Decimal]], other: dict[str, tuple[Decimal, Decimal]]) -> None:
    def between(a: dict[str, tuple[Decimal, Decimal]], b: dict[str, tuple[Decimal, Decimal]]) -> dict[str, str]:
        loyalty = [state(m, points, money, currency="USD") for m, (money, points) in a.items()]
        ledger = [entry(m, points, money) for m, (money, points) in b.items()] + [entry("always", Decimal(1), Decimal(1))]
        found = codes(compared([*loyalty, state("always", Decimal(1), Decimal(1))], ledger, WIDE))
        return {key[1]: code for key, code in found.items()}

    turned = {"MS-06": "MS-07", "MS-07": "MS-06"}
    assert between(other, one) == {m: turned.get(c, c) for m, c in between(one, other).items()}


MANY = [f"c{n}" for n in range(60)]


def agreeing() -> tuple[Rows, Rows]:
    return [state(m, Decimal(n + 1)) for n, m in enumerate(MANY)], [entry(m, Decimal(n + 1), Decimal(n + 1) / 100) for n, m in enumerate(MANY)]


def test_a_day_that_agrees_reads_no_row_again() -> None:
    assert compared(*agreeing(), WIDE, look=suspects) == 0
    assert codes(compared(*agreeing(), WIDE)) == {}


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_row_less_is_one_break_more(side: int, shape: Shape) -> None:
    day = agreeing()
    del day[side][7]
    assert codes(compared(*day, shape)) == {("p1", "c7", "USD"): "MS-07" if side == 0 else "MS-06"}


def test_only_the_bucket_of_a_difference_is_read() -> None:
    loyalty, ledger = agreeing()
    assert 0 < compared(loyalty[1:], ledger, WIDE, look=suspects) < len(MANY)
    assert compared(loyalty[1:], ledger, ONE_BUCKET, look=suspects) == 2 * len(MANY) - 1


def test_joined_sides_are_read_again_only_where_a_member_has_two_rows_on_a_side() -> None:
    loyalty, ledger = agreeing()
    assert compared(loyalty[1:], ledger, JOINED, look=suspects) == 0
    assert compared(loyalty[1:], [*ledger, {**ledger[5], "member_id": "another"}], JOINED, look=suspects) == 3
    assert compared([*loyalty[1:], {**loyalty[5], "member_id": "another"}], ledger, JOINED, look=suspects) == 3
    assert compared(loyalty[1:], [*ledger, {**ledger[0], "member_id": "another"}], JOINED, look=suspects) == 2, "twice, and once on the other side never"
    assert compared(loyalty[1:], [*ledger, {**ledger[5], "account": "2200"}], JOINED, look=suspects) == 3, "its ending hangs on its member's"


def test_joined_sides_are_disposed_of_in_the_currency_and_money_they_were_delivered_in() -> None:
    loyalty, ledger = agreeing()
    loyalty[3]["points"] += 1
    assert {(r["currency"], r["amount"]) for r in loyalty} == {(None, None)}
    assert compared(loyalty, ledger, JOINED) == compared(loyalty, ledger, EVERYTHING)


@pytest.mark.parametrize(("namesakes", "differing"), [(3, 1), (2, 0)])
def test_sides_are_not_joined_where_one_global_id_has_too_many_identities(namesakes: int, differing: int) -> None:
    def joined(session: Session) -> int:
        session.statement("insert into identity (source_id, member_id, global_id, valid_from) select 's', 'x' || n, 'g', $day from range(3) as t (n)", day=D)
        compare_member_balance(session, D, Shape(large=0, namesakes=namesakes))
        return int(session.value("select count(*) from member_balance_joined where global_id is not null"))

    loyalty, ledger = agreeing()
    assert compared(loyalty[1:], ledger, JOINED, look=joined) == differing


ONE, TWO = Decimal(1), Decimal(2)
A, B = state("a", Decimal(100), ONE), state("b", Decimal(200), TWO)
SAME_A, SAME_B = entry("a", Decimal(100), ONE), entry("b", Decimal(200), TWO)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("says", "loyalty", "ledger", "expected"),
    [
        ("money alone differs", [A], [{**SAME_A, "amount": Decimal("-0.9999")}], {"AM-03"}),
        ("points alone differ", [A], [{**SAME_A, "points": Decimal("-99.9999")}], {"AM-01"}),
        ("a sign alone differs", [A], [{**SAME_A, "amount": ONE, "points": Decimal(100)}], {"AM-01"}),
        ("currency alone differs", [A], [{**SAME_A, "currency": "EUR"}], {"MS-06", "MS-07"}),
        ("programme alone differs", [A], [{**SAME_A, "programme_id": "p2", "account": "2200"}], {"MS-06", "MS-07"}),
        ("two members' money is exchanged", [A, B], [{**SAME_A, "global_id": "b"}, {**SAME_B, "global_id": "a"}], {"AM-01"}),
        ("a member's points and money are another's", [A], [{**SAME_A, "member_id": "b", "global_id": "b"}], {"MS-06", "MS-07"}),
        ("one ledger has twice what the other lacks", [A, B], [SAME_A, {**SAME_A, "member_id": "a2"}, {**SAME_B, "ledger_id": "ifrs"}, SAME_B], {"MS-06"}),
        ("three times is not once", [A], [SAME_A, {**SAME_A, "member_id": "a2"}, {**SAME_A, "member_id": "a3"}], {"AM-01"}),
        ("twice on both sides alike agrees", [A, {**A, "member_id": "a2"}], [SAME_A, {**SAME_A, "member_id": "a2"}], set()),
        ("two members of one Global ID against their sum", [A, {**A, "member_id": "a2"}], [{**SAME_A, "amount": -TWO, "points": Decimal(-200)}], set()),
        ("a ledger without points beside one with", [A, B], [{**SAME_A, "points": None}, SAME_B], set()),
    ],
)  # fmt: skip
def test_checksums_leave_nothing_out(says: str, loyalty: Rows, ledger: Rows, expected: set[str], shape: Shape) -> None:
    assert set(codes(compared(loyalty, [{"currency": "USD", **r} for r in ledger], shape)).values()) == expected, says
