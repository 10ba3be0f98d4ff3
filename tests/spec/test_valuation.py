"""What a cohort's points are worth, by published examples and by the contract's own words.

Sources: IFRS 15 IE267-IE270 = ASC 606-10-55-353..356 (Example 52); KPMG, Revenue - IFRS 15 handbook (2019), examples 10A
and 10B; a constructed downward re-estimate of 1,600 that ends by expiry. Lots and takings are typed in; nothing attributes.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledgers.release import Figures, Terms, cost_owed, released_to_date
from tests.ledgers.valuation.valued_day import ACCOUNTS, SubLedger

JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)
D = Decimal


def ledger(deferral: str, points: str = "10000", rate: str = "1", **policy: Any) -> SubLedger:
    """A programme in whole currency units with one purchase lot of `deferral` issued in January."""
    books = SubLedger(policy={"minor_unit": 0, **policy}, urr=[(date(2026, 1, 1), rate, "", "")])
    books.event("a1", "accrual", points, JAN)
    books.move(1, "a1", "a1", points, deferral, cohort="2026-01")
    books.close(JAN)
    return books


def redeem(books: SubLedger, event_id: str, points: str, deferral: str, on: date) -> dict[str, list[dict[str, Any]]]:
    books.event(event_id, "redemption", f"-{points}", on)
    books.move(5, event_id, "a1", f"-{points}", f"-{deferral}", cohort="2026-01", taking=(event_id, "redemption"))
    return books.close(on)


# deferral, first rate, second rate -> revenue of both periods and the liability between and after
EXAMPLES = {
    "IFRS 15 IE52: 9,500 then 9,700 of 10,000 expected": ("8676", "0.95", "0.97", 4110, 3493, 1073),
    "KPMG 10A: 9,700 then 9,900": ("9000", "0.97", "0.99", 4175, 3552, 1273),
    "KPMG 10B: 9,700 then 9,200": ("9000", "0.97", "0.92", 4175, 4140, 685),
}


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_published_example(example: str) -> None:
    deferral, first, second, revenue_1, revenue_2, left = EXAMPLES[example]
    books = ledger(deferral, rate=first)
    redeem(books, "r1", "4500", str(D(deferral) * D("0.45")), FEB)
    assert -books.rolled("2026-01")["released_amount"] == revenue_1
    books.urr.append((MAR, second, "", ""))
    redeem(books, "r2", "4000", str(D(deferral) * D("0.40")), MAR)
    row = books.rolled("2026-01")
    assert -(row["released_amount"] + row["re_estimated_amount"]) == revenue_2, "the total of the period, not the prospective figure"
    assert row["closing_amount"] == left


def test_units_given_back_that_had_been_taken_back_carry_no_release_of_their_own() -> None:
    """A purchase returned and bought again: D grows in the group of reversals, and what that releases by the rate belongs to no event."""
    books = ledger("100", points="100", rate="0.3")
    redeem(books, "r1", "40", "40", FEB)
    books.event("v1", "reversal", "10", MAR, reverses_event_id="t1")
    books.move(2, "v1", "a1", "10", "10", cohort="2026-01", taking=("t1", "reversal"))
    books.close(MAR)
    row = books.rolled("2026-01")
    assert (row["reversed_amount"], row["re_estimated_amount"], row["closing_amount"]) == (10, -10, 0)


def test_points_of_another_issuer_are_never_owed_whatever_moves_with_an_accrual() -> None:
    """Granting them is all we owe (IFRIC 13 Example 2): an accrual that repays what a return took beyond the balance releases 16.5, the return its 8."""
    books = SubLedger(policy={"issuer": "airline"})
    books.event("v1", "reversal", "-80", JAN)
    books.move(6, "v1", "ARREARS/v1", "-80", "0", taking=("v1", "reversal"))
    books.close(JAN)
    books.event("a2", "accrual", "165", FEB)
    books.move(1, "a2", "a2", "165", "1.65", cohort="2026-02")
    books.move(1, "a2", "ARREARS/v1", "80", "0", taking=("v1", "reversal"))
    books.move(1, "a2", "a2", "-80", "-0.80", cohort="2026-02", taking=("v1", "reversal"))
    books.close(FEB)
    row = books.rolled("2026-02")
    assert (row["deferred_amount"], row["reversed_amount"], row["re_estimated_amount"], row["closing_amount"]) == (0, 0, 0, 0)
    entries = {
        ("accrual", "4000"): D("1.65"), ("accrual", "4050"): D("-1.65"),
        ("reversal", "4010"): D("-0.80"), ("reversal", "4050"): D("0.80"),
    }  # fmt: skip
    assert {(kind, account): money for kind, _, account, money in books.journal()} == entries
    assert {r["event_id"] for r in books.made["journal_source"]} == {"a2"}, "no money is left without its event"


def test_a_new_rate_is_its_own_entry_and_may_be_negative_revenue() -> None:
    """IE52, split: true-up -85.05, redemption 3,577.73."""
    books = ledger("8676", rate="0.95", minor_unit=2)
    redeem(books, "r1", "4500", "3904.2", FEB)
    assert books.rolled("2026-01")["released_amount"] == D("-4109.68")
    allocation = books.made["allocation_draft"][0]
    assert (allocation["released_amount"], allocation["breakage_amount"]) == (D("4109.68"), D("205.48"))
    books.urr.append((MAR, "0.97", "", ""))
    redeem(books, "r2", "4000", "3470.4", MAR)
    row = books.rolled("2026-01")
    assert (row["re_estimated_amount"], row["released_amount"]) == (D("84.73"), D("-3577.73"))
    assert ("re_estimate", "2026-01", "4065", D("84.73")) in books.journal()


def test_downward_re_estimate_then_expiry() -> None:
    """1,600 deferred: 400, then 743 at the lower rate, then 457 when the rest expires."""
    books = ledger("1600", rate="0.8")
    redeem(books, "r1", "2000", "320", FEB)
    books.urr.append((MAR, "0.7", "", ""))
    redeem(books, "r2", "3000", "480", MAR)
    row = books.rolled("2026-01")
    assert -(row["released_amount"] + row["re_estimated_amount"]) == 743
    end = date(2028, 1, 31)
    books.event("x1", "expiry", "-5000", end)
    books.move(8, "x1", "a1", "-5000", "-800", cohort="2026-01", taking=("x1", "expiry"))
    books.close(end)
    row = books.rolled("2026-01")
    assert (row["expired_amount"], row["closing_amount"], row["closing_points"]) == (D(-457), 0, 0)
    assert books.journal() == [("expiry", "2026-01", "2100", D(457)), ("expiry", "2026-01", "4060", D(-457))]


RELEASED = [
    # breakage, URR, D, R, E -> released to date
    ("proportional", "0.8", "100", "0", "0", "0"),
    ("proportional", "0.8", "100", "40", "0", "50"),
    ("proportional", "0.8", "100", "90", "0", "100"),
    ("proportional", "0.8", "100", "40", "50", "80"),
    ("proportional", "0.8", "100", "40", "60", "100"),
    ("proportional", "0.8", "100", "0", "100", "100"),
    ("proportional", "0", "100", "0", "0", "0"),
    ("proportional", "0.8", "0", "0", "0", "0"),
    ("escheat", "0.8", "100", "40", "0", "50"),
    ("remote", "0.8", "100", "40", "0", "40"),
    ("remote", "0.8", "100", "40", "30", "70"),
]


@pytest.mark.parametrize(("breakage", "rate", "issued", "redeemed", "expired", "expected"), RELEASED)
def test_released_to_date(breakage: str, rate: str, issued: str, redeemed: str, expired: str, expected: str) -> None:
    figures = Figures(D(issued), D(redeemed), D(expired))
    assert released_to_date(figures, Terms(D(rate), breakage, 2)) == D(expected)


def test_free_units_owe_cost_never_revenue() -> None:
    """500 units at 0.0125, 72 % expected: 4.50 owed; each redeemed unit takes 0.0125 of it."""
    terms = Terms(D("0.72"), "proportional", 2, D("0.0125"))
    assert cost_owed(Figures(issued_points=D(500)), terms) == D("4.5")
    assert cost_owed(Figures(issued_points=D(500), redeemed_points=D(100)), terms) == D("3.25")
    assert cost_owed(Figures(issued_points=D(500), redeemed_points=D(400)), terms) == 0
    assert cost_owed(Figures(issued_points=D(500), redeemed_points=D(100), expired_points=D(380)), terms) == D("0.25")


RATES = [
    # versions (effective, rate, cohort, earn class) -> rate of the cohort 2026-01 of class purchase on 10 March
    ([], "1"),
    ([("2026-01-01", "0.9", "", "")], "0.9"),
    ([("2026-01-01", "0.9", "", ""), ("2026-03-10", "0.8", "", "")], "0.8"),
    ([("2026-01-01", "0.9", "", ""), ("2026-03-11", "0.8", "", "")], "0.9"),
    ([("2026-03-01", "0.9", "", ""), ("2026-01-01", "0.7", "", "purchase")], "0.7"),
    ([("2026-03-01", "0.9", "", "purchase"), ("2026-01-01", "0.6", "2026-01", "")], "0.6"),
    ([("2026-03-01", "0.9", "2026-02", ""), ("2026-03-01", "0.8", "", "bonus")], "1"),
    ([("2026-01-01", "0.6", "2026-01", ""), ("2026-02-01", "0.5", "2026-01", "purchase")], "0.5"),
]


@pytest.mark.parametrize(("versions", "expected"), RATES)
def test_rate_in_force(versions: list[tuple[str, str, str, str]], expected: str) -> None:
    """One naming the cohort beats one naming the class beats neither, then the latest; none: urr_for_ssp of the cohort's month."""
    books = SubLedger(urr=[(date.fromisoformat(e), r, c, k) for e, r, c, k in versions])
    key = {"company_id": "1000", "programme_id": "club", "currency": "USD", "earn_class": "purchase", "cohort": "2026-01"}
    books.prior["cohort_state"] = [{**key, "business_date": FEB, "issued_deferral": 100, "urr": 1}]
    with books.session() as session:
        session.rule("ledgers", "classed_movement", as_of_date=MAR)
        session.rule("ledgers", "cohort_rate", as_of_date=MAR)
        assert session.fetch("select urr, is_moving from cohort_rate") == [{"urr": D(expected), "is_moving": D(expected) != 1}]


def test_a_reversed_redemption_gives_back_at_the_rate_of_the_day() -> None:
    books = ledger("100", "1000", "0.8", minor_unit=2)
    redeem(books, "r1", "400", "40", FEB)
    books.event("v1", "reversal", "100", MAR, reverses_event_id="r1")
    books.move(2, "v1", "a1", "100", "10", cohort="2026-01", taking=("r1", "redemption"))
    books.close(MAR)
    row = books.rolled("2026-01")
    assert (row["reversed_points"], row["reversed_amount"], row["closing_amount"]) == (D(100), D("12.5"), D("62.5"))
    back = books.made["allocation_draft"][0]
    assert (back["points"], back["released_amount"], back["breakage_amount"], back["redemption_value"]) == (-100, D("-12.5"), D("-2.5"), -1)
    assert {r["event_id"]: r["deferred_amount"] for r in books.made["event_value"]} == {"v1": D("12.5")}
    assert books.journal() == [("reversal", "2026-01", "2100", D("-12.5")), ("reversal", "2026-01", "4050", D(10)), ("reversal", "2026-01", "4060", D("2.5"))]


def test_an_accrual_taken_back_leaves_at_the_lots_own_rate() -> None:
    books = ledger("100", "1000", "0.8", minor_unit=2)
    books.event("v1", "reversal", "-250", FEB, reverses_event_id="a1")
    books.move(6, "v1", "a1", "-250", "-25", cohort="2026-01", taking=("v1", "reversal"))
    books.close(FEB)
    row = books.rolled("2026-01")
    assert (row["reversed_points"], row["reversed_amount"], row["closing_amount"]) == (-250, -25, 75)
    assert books.journal() == [("reversal", "2026-01", "2100", D(25)), ("reversal", "2026-01", "4010", D(-25))]


def test_arrears_are_units_of_no_cohort_until_an_accrual_repays_them() -> None:
    books = ledger("100", "1000", "1", minor_unit=2)
    books.event("r1", "redemption", "-1200", FEB, redemption_value=D("12"))
    books.move(5, "r1", "a1", "-1000", "-100", cohort="2026-01", taking=("r1", "redemption"))
    books.move(5, "r1", "ARREARS/r1", "-200", "0", taking=("r1", "redemption"))
    books.close(FEB)
    assert [(a["lot_id"], a["points"], a["released_amount"], a["redemption_value"]) for a in books.made["allocation_draft"]] == [
        ("ARREARS/r1", 200, 0, 2),
        ("a1", 1000, 100, 10),
    ]
    assert (books.rolled("")["closing_points"], books.rolled("")["closing_amount"]) == (-200, 0)
    books.event("a2", "accrual", "500", MAR)
    books.move(1, "a2", "a2", "500", "50", cohort="2026-03")
    books.move(1, "a2", "ARREARS/r1", "200", "0", taking=("r1", "redemption"))
    books.move(1, "a2", "a2", "-200", "-20", cohort="2026-03", taking=("r1", "redemption"))
    books.close(MAR)
    assert [(a["event_id"], a["lot_id"], a["points"], a["released_amount"], a["redemption_value"]) for a in books.made["allocation_draft"]] == [
        ("a2", "ARREARS/r1", -200, 0, -2),
        ("a2", "a2", 200, 20, 2),
    ]
    row = books.rolled("2026-03")
    assert (row["accrued_points"], row["redeemed_points"], row["closing_points"]) == (500, -200, 300)
    assert (row["deferred_amount"], row["re_estimated_amount"], row["closing_amount"]) == (50, -20, 30)


def test_a_new_value_per_point_revalues_open_face_money() -> None:
    books = ledger("100", "1000", "1")
    books.values = {"value_per_point": [(date(1, 1, 1), "0.01"), (FEB, "0.012")]}
    books.close(FEB)
    row = books.rolled("2026-01", "face")
    assert (row["opening_amount"], row["re_estimated_amount"], row["closing_amount"]) == (10, 2, 12)
    assert [(e["kind"], e["face_amount"], e["deferred_amount"], e["global_id"]) for e in books.made["event_value"]] == [("re_estimate", 2, 0, "")]


def test_late_units_at_an_older_value_come_up_to_the_days_value() -> None:
    """Priced at 0.01 on their own day, carried at 0.012 from the day they enter."""
    books = ledger("100", "1000", "1")
    books.values = {"value_per_point": [(date(1, 1, 1), "0.01"), (FEB, "0.012")]}
    books.event("a2", "accrual", "500", JAN, business_date=FEB)
    books.move(1, "a2", "a2", "500", "50", cohort="2026-01")
    books.close(FEB)
    row = books.rolled("2026-01", "face")
    assert (row["deferred_amount"], row["re_estimated_amount"], row["closing_amount"]) == (5, 3, 18)


@pytest.mark.parametrize(("mode", "places", "worth"), [("half_up", 2, "0.13"), ("half_even", 2, "0.12"), ("down", 2, "0.12"), ("half_up", 4, "0.125")])
def test_an_events_worth_is_rounded_as_the_programme_says(mode: str, places: int, worth: str) -> None:
    books = SubLedger(policy={"value_mode": mode, "value_places": places})
    books.event("a", "accrual", "10", JAN)
    books.move(1, "a", "a", "10", "0.125", cohort="2026-01")
    books.event("v", "reversal", "-10", JAN, reverses_event_id="a")
    books.move(6, "v", "a", "-10", "-0.125", cohort="2026-01", taking=("v", "reversal"))
    books.close(JAN)
    assert {e["event_id"]: e["deferred_amount"] for e in books.made["event_value"]} == {"a": D(worth), "v": -D(worth)}


def test_escheat_credits_breakage_to_unclaimed_property() -> None:
    books = ledger("100", "1000", "0.8", minor_unit=2, breakage="escheat")
    redeem(books, "r1", "400", "40", FEB)
    assert books.journal() == [("redemption", "2026-01", "2100", D(50)), ("redemption", "2026-01", "2170", D(-10)), ("redemption", "2026-01", "4050", D(-40))]


def test_free_lots_under_accrue_cost() -> None:
    books = SubLedger(policy={"free_points": "accrue_cost", "cost_per_point": "0.0125"}, urr=[(date(2026, 1, 1), "0.72", "", "")])
    books.event("b1", "accrual", "500", JAN)
    books.move(1, "b1", "b1", "500", "0", cohort="2026-01", earn_class="bonus")
    books.close(JAN)
    assert books.journal() == [("accrual", "2026-01", "2120", D("-4.5")), ("accrual", "2026-01", "6100", D("4.5"))]
    books.event("r1", "redemption", "-100", FEB)
    books.move(5, "r1", "b1", "-100", "0", cohort="2026-01", earn_class="bonus", taking=("r1", "redemption"))
    books.close(FEB)
    assert books.made["allocation_draft"][0]["released_cost"] == D("1.25")
    row = books.rolled("2026-01", "cost")
    assert (row["opening_amount"], row["released_amount"], row["closing_amount"]) == (D("4.5"), D("-1.25"), D("3.25"))
    assert books.rolled("2026-01")["closing_amount"] == 0


def test_what_was_used_and_comes_back_owes_its_cost_again() -> None:
    """500 units at 0.0125 and 72 %: 4.50 owed. 100 used: 1.25 less, set against the cost of the goods; 40 of them given back, and 50 expired ones."""
    accounts = {**ACCOUNTS, "redemption_cost": "5050"}
    policy = {"free_points": "accrue_cost", "cost_per_point": "0.0125", "minor_unit": 2}
    books = SubLedger(policy=policy, urr=[(date(2026, 1, 1), "0.72", "", "")], accounts=accounts)
    books.event("b1", "accrual", "500", JAN)
    books.move(1, "b1", "b1", "500", "0", cohort="2026-01", earn_class="bonus")
    books.event("r1", "redemption", "-100", JAN)
    books.move(5, "r1", "b1", "-100", "0", cohort="2026-01", earn_class="bonus", taking=("r1", "redemption"))
    books.event("x1", "expiry", "-200", JAN)
    books.move(8, "x1", "b1", "-200", "0", cohort="2026-01", earn_class="bonus", taking=("x1", "expiry"))
    books.close(JAN)
    assert [(k, a, m) for k, _, a, m in books.journal()] == [
        ("accrual", "2120", D("-4.5")), ("accrual", "6100", D("4.5")), ("expiry", "2120", D("0.75")), ("expiry", "6100", D("-0.75")),
        ("redemption", "2120", D("1.25")), ("redemption", "5050", D("-1.25")),
    ]  # fmt: skip
    for event, points, taken in (("v1", "40", ("r1", "redemption")), ("v2", "50", ("x1", "expiry"))):
        books.event(event, "reversal", points, FEB, reverses_event_id=taken[0])
        books.move(2, event, "b1", points, "0", cohort="2026-01", earn_class="bonus", taking=taken)
    books.close(FEB)
    assert [(k, a, m) for k, _, a, m in books.journal()] == [("reversal", "2120", D("-1.13")), ("reversal", "5050", D("0.5")), ("reversal", "6100", D("0.63"))]
    assert books.rolled("2026-01", "cost")["closing_amount"] == D("3.63")
