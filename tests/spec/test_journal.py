"""What our journal posts, as debit (+) and credit (-) per account.

Source of the end-to-end case: a constructed Washington scenario (one unit per dollar, face 0.05, URR 80 % then 85 %):
deferral 38.46, a bank's 500 units at 0.045, a redemption over two lots, a re-estimate, an expiry.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.policy import Chart
from tests.fold import programme
from tests.ledgers.valuation.valued_day import ACCOUNTS, SubLedger

D = Decimal
L1 = "38.461538461538"


def washington() -> SubLedger:
    return SubLedger(
        values={"value_per_point": [(date(1, 1, 1), "0.05")], "urr_for_ssp": [(date(1, 1, 1), "0.8")]}, urr=[(date(2026, 5, 31), "0.85", "2026-01", "")]
    )


def test_end_to_end() -> None:
    books = washington()
    books.event("e1", "accrual", "1000", date(2026, 1, 10), value_per_point="0.05")
    books.move(1, "e1", "L1", "1000", L1, cohort="2026-01")
    books.close(date(2026, 1, 10))
    assert books.journal() == [("accrual", "2026-01", "2100", D("-38.46")), ("accrual", "2026-01", "4000", D("38.46"))]

    books.event("e2", "accrual", "200", date(2026, 2, 1), value_per_point="0.05")
    books.move(1, "e2", "L2", "200", "0", cohort="2026-02", earn_class="bonus")
    books.close(date(2026, 2, 1))
    assert books.journal() == [], "a birthday gift is a memo"

    books.event("e3", "accrual", "500", date(2026, 3, 1), value_per_point="0.05")
    books.move(1, "e3", "L3", "500", "22.5", cohort="2026-03", earn_class="cobrand")
    books.close(date(2026, 3, 1))
    assert books.journal() == [("accrual", "2026-03", "1150", D("22.5")), ("accrual", "2026-03", "2100", D("-22.5"))]

    books.event("e4", "redemption", "-600", date(2026, 4, 1), value_per_point="0.05")
    books.move(5, "e4", "L2", "-200", "0", cohort="2026-02", earn_class="bonus", taking=("e4", "redemption"))
    books.move(5, "e4", "L1", "-400", "-15.384615384615", cohort="2026-01", taking=("e4", "redemption"))
    books.close(date(2026, 4, 1))
    assert books.journal() == [
        ("redemption", "2026-01", "2100", D("19.23")),
        ("redemption", "2026-01", "4050", D("-15.38")),
        ("redemption", "2026-01", "4060", D("-3.85")),
    ]
    taken = {a["lot_id"]: (a["points"], a["released_amount"], a["breakage_amount"], a["redemption_value"]) for a in books.made["allocation_draft"]}
    assert taken == {"L1": (400, D("19.23"), D("3.85"), 20), "L2": (200, 0, 0, 10)}
    assert [e["deferred_amount"] for e in books.made["event_value"]] == [D("-19.23")]

    books.close(date(2026, 5, 31))
    assert books.journal() == [("re_estimate", "2026-01", "2100", D("-1.13")), ("re_estimate", "2026-01", "4065", D("1.13"))]
    (entry,) = books.made["event_value"]
    assert (entry["event_id"], entry["deferred_amount"]) == (books.made["journal_line"][0]["entry_id"], D("1.13"))
    assert sum(r["closing_amount"] for r in books.made["roll_forward"] if r["measure"] == "deferred") == D("42.86")
    assert {c: books.rolled(c)["closing_amount"] for c in ("2026-01", "2026-03")} == {"2026-01": D("20.36"), "2026-03": D("22.5")}

    books.event("e6", "expiry", "-600", date(2028, 1, 31), value_per_point="0.05")
    books.move(8, "e6", "L1", "-600", "-23.076923076923", cohort="2026-01", taking=("e6", "expiry"))
    books.close(date(2028, 1, 31))
    assert books.journal() == [("expiry", "2026-01", "2100", D("20.36")), ("expiry", "2026-01", "4060", D("-20.36"))]


ISSUES = [
    # earn class, group, event kind -> debit account of 10.00 issued
    ("purchase", 1, "accrual", "4000"),
    ("bonus", 1, "accrual", "4000"),
    ("service", 1, "accrual", "4010"),
    ("purchased", 1, "accrual", "1010"),
    ("cobrand", 1, "accrual", "1150"),
    ("partner", 1, "accrual", "1150"),
    ("service", 3, "adjustment", "6120"),
]


def test_the_other_side_of_an_issue() -> None:
    """One cohort per line, so that every line is an entry of its own."""
    books = SubLedger()
    expected = []
    for n, (earn_class, group, kind, account) in enumerate(ISSUES, 1):
        cohort = f"2025-{n:02d}"
        books.event(f"a{n}", kind, "100", date(2026, 1, 1))
        books.move(group, f"a{n}", f"a{n}", "100", "10", cohort=cohort, earn_class=earn_class)
        expected += [(kind, cohort, "2100", D(-10)), (kind, cohort, account, D(10))]
    books.close(date(2026, 1, 1))
    assert books.journal() == sorted(expected)


def test_a_company_says_what_an_issue_is_posted_against() -> None:
    """Ticket credit turned into points leaves the stored value; points that vest leave the unvested account; goodwill of this company is marketing."""
    posts = {("accrual", "purchased"): "stored_value", ("accrual", ""): "unvested", ("adjustment", "service"): "marketing_expense"}
    books = SubLedger(accounts={**ACCOUNTS, "stored_value": "2105", "unvested": "2110"}, posts=posts)
    expected = []
    for n, (earn_class, group, kind, account) in enumerate(
        [("purchased", 1, "accrual", "2105"), ("purchase", 1, "accrual", "2110"), ("service", 3, "adjustment", "6100"), ("bonus", 3, "adjustment", "6120")], 1
    ):
        cohort = f"2025-{n:02d}"
        books.event(f"a{n}", kind, "100", date(2026, 1, 1))
        books.move(group, f"a{n}", f"a{n}", "100", "10", cohort=cohort, earn_class=earn_class)
        expected += [(kind, cohort, "2100", D(-10)), (kind, cohort, account, D(10))]
    books.close(date(2026, 1, 1))
    assert books.journal() == sorted(expected)


def test_a_class_of_units_posts_to_an_account_of_its_own() -> None:
    """Issue, use and breakage of points a bank bought stand apart; what other classes post stays where it was, and sources add up to their lines."""
    apart = {"partner_receivable.cobrand": "1151", "revenue_redeemed.cobrand": "4055", "breakage.cobrand": "4066"}
    books = SubLedger(accounts={**ACCOUNTS, **apart}, urr=[(date(2026, 1, 1), "0.8", "", "")])
    for lot, earn_class in (("b1", "cobrand"), ("s1", "purchase")):
        books.event(lot, "accrual", "100", date(2026, 1, 1))
        books.move(1, lot, lot, "100", "10", cohort="2026-01", earn_class=earn_class)
        books.event(f"r{lot}", "redemption", "-40", date(2026, 1, 1))
        books.move(5, f"r{lot}", lot, "-40", "-4", cohort="2026-01", earn_class=earn_class, taking=(f"r{lot}", "redemption"))
    books.close(date(2026, 1, 1))
    posted = {(r["earn_class"], r["event_kind"], r["account"]): r["debit"] - r["credit"] for r in books.made["journal_line"]}
    assert posted == {
        ("cobrand", "accrual", "1151"): D("10"), ("cobrand", "accrual", "2100"): D("-10"),
        ("cobrand", "redemption", "2100"): D("5"), ("cobrand", "redemption", "4055"): D("-4"), ("cobrand", "redemption", "4066"): D("-1"),
        ("purchase", "accrual", "4000"): D("10"), ("purchase", "accrual", "2100"): D("-10"),
        ("purchase", "redemption", "2100"): D("5"), ("purchase", "redemption", "4050"): D("-4"), ("purchase", "redemption", "4060"): D("-1"),
    }  # fmt: skip
    sources: dict[tuple[str, int], Decimal] = {}
    for row in books.made["journal_source"]:
        key = (row["entry_id"], row["line_no"])
        sources[key] = sources.get(key, D(0)) + row["amount"]
    assert sources == {(r["entry_id"], r["line_no"]): r["debit"] - r["credit"] for r in books.made["journal_line"]}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"accounts": {"liability": "1", "liability.cobrand": "2"}}, "accounts.liability.cobrand: what is owed is one account of a programme"),
        ({"accounts": {"liability": "1", "breakage.cobrant": "2"}}, "accounts.breakage.cobrant is not a known role"),
        ({"posts": {"accrual.purchase": "liability"}}, "liability is no role on the other side"),
        ({"posts": {"acrual.purchase": "cash"}}, "acrual.purchase is no movement that issues points"),
        ({"accounts": {"liability": "1", "sale": "2"}}, "accounts.sale is not a known role"),
    ],
)
def test_a_misspelt_role_or_movement_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        programme(**changes)
    with pytest.raises(ValueError, match=says):
        Chart.model_validate(changes)


MISSING: list[tuple[dict[str, str], str, list[dict[str, Any]]]] = [
    # accounts -> account of a positive adjustment's other side, roles named as missing
    ({"liability": "2100", "sales": "4000", "adjustment_loss": "6120"}, "6120", []),
    ({"liability": "2100", "sales": "4000", "marketing_expense": "6100"}, "6100", []),
    ({"liability": "2100", "sales": "4000"}, "4000", []),
    ({"liability": "2100", "suspense": "2190"}, "2190", []),
    ({"liability": "2100"}, "unassigned:adjustment_loss", [{"programme_id": "club", "role": "adjustment_loss"}]),
]


@pytest.mark.parametrize(("accounts", "account", "missing"), MISSING)
def test_a_role_without_account(accounts: dict[str, str], account: str, missing: list[dict[str, Any]]) -> None:
    books = SubLedger(accounts=accounts)
    books.event("n", "adjustment", "50", date(2026, 1, 2))
    books.move(3, "n", "n", "50", "5", cohort="2026-01", earn_class="service")
    books.close(date(2026, 1, 2))
    assert [(a, amount) for _, _, a, amount in books.journal()] == sorted([("2100", D(-5)), (account, D(5))])
    assert books.missing == missing


def test_rounding_to_the_minor_unit_stands_under_the_entrys_own_id() -> None:
    """Three accruals of 0.0133: 0.04 is posted, 0.0399 belongs to events."""
    books = SubLedger()
    for n in "abc":
        books.event(n, "accrual", "1", date(2026, 1, 1))
        books.move(1, n, n, "1", "0.0133", cohort="2026-01")
    books.close(date(2026, 1, 1))
    lines = {r["account"]: (r["line_no"], r["debit"] - r["credit"], r["source_count"]) for r in books.made["journal_line"]}
    assert lines == {"4000": (1, D("0.04"), 3), "2100": (2, D("-0.04"), 3)}
    sources = [(r["event_id"] == r["entry_id"], r["amount"]) for r in books.made["journal_source"] if r["line_no"] == 1]
    assert sorted(sources) == [(False, D("0.0133"))] * 3 + [(True, D("0.0001"))]


def test_migrated_points_are_an_opening_balance() -> None:
    for accounts, lines in ((ACCOUNTS, []), ({**ACCOUNTS, "suspense": "2190"}, [("2100", D(-80)), ("2190", D(80))])):
        books = SubLedger(accounts=accounts)
        books.event("o", "accrual", "10000", date(2026, 1, 1))
        books.move(1, "o", "o", "10000", "80", cohort="2026-01", earn_class="migrated")
        books.close(date(2026, 1, 1))
        assert [(a, amount) for _, _, a, amount in books.journal()] == lines
        assert books.rolled("2026-01")["closing_amount"] == 80


def test_a_transfer_posts_nothing_inside_a_company() -> None:
    books = SubLedger()
    books.event("a", "accrual", "100", date(2026, 1, 1))
    books.move(1, "a", "a", "100", "10", cohort="2026-01")
    books.event("t-", "transfer_out", "-40", date(2026, 1, 1), transfer_id="t")
    books.event("t+", "transfer_in", "40", date(2026, 1, 1), transfer_id="t", global_id="n", member_id="n")
    books.move(4, "t-", "a", "-40", "-4", cohort="2026-01", taking=("t-", "transfer_out"))
    books.move(4, "t+", "a", "40", "4", cohort="2026-01", global_id="n")
    books.close(date(2026, 1, 1))
    assert [line[0] for line in books.journal()] == ["accrual", "accrual"]
    assert {e["event_id"]: e["deferred_amount"] for e in books.made["event_value"]} == {"a": 10, "t-": -4, "t+": 4}


def test_an_entry_of_late_events_keeps_their_day() -> None:
    books = SubLedger()
    books.event("a", "accrual", "100", date(2026, 1, 30), business_date=date(2026, 2, 2))
    books.move(1, "a", "a", "100", "10", cohort="2026-01")
    books.close(date(2026, 2, 2))
    assert {r["effective_date"] for r in books.made["journal_line"]} == {date(2026, 1, 30)}
    for name, day in (("b", date(2026, 1, 30)), ("c", date(2026, 1, 31))):
        books.event(name, "accrual", "100", day, business_date=date(2026, 2, 3))
        books.move(1, name, name, "100", "10", cohort="2026-01")
    books.close(date(2026, 2, 3))
    assert {r["effective_date"] for r in books.made["journal_line"]} == {date(2026, 2, 3)}, "of several days, the day they entered"


def test_full_sale_posts_the_sale_too() -> None:
    books = SubLedger(policy={"journal_scope": "full_sale"})
    books.event("a", "accrual", "1000", date(2026, 1, 1), transaction_amount=D(1000))
    books.move(1, "a", "a", "1000", L1, cohort="2026-01")
    books.close(date(2026, 1, 1))
    assert [(a, amount) for _, _, a, amount in books.journal()] == [("1010", D(1000)), ("2100", D("-38.46")), ("4000", D("-961.54"))]


@pytest.mark.parametrize(
    ("paid", "posted"),
    [
        ([("1100", "100", "USD")], {"1010": "1100", "2150": "-100", "4000": "-961.54"}),
        ([("990", "90", "EUR")], {"1010": "1000", "4000": "-961.54"}),  # no price of the sale in dollars: as told by the event, without tax
        ([("550", "50", "USD"), ("495", "45", "EUR")], {"1010": "550", "2150": "-50", "4000": "-461.54"}),
    ],
)
def test_money_of_a_sale_stands_in_its_own_currency(paid: list[tuple[str, str, str]], posted: dict[str, str]) -> None:
    day = date(2026, 1, 1)
    books = SubLedger(policy={"journal_scope": "full_sale"}, accounts={**ACCOUNTS, "sales_tax": "2150"})
    books.event("a", "accrual", "1000", day, transaction_amount=D(1000), order_id="o1")
    books.move(1, "a", "a", "1000", L1, cohort="2026-01")
    books.inputs["payment"] = [
        {"payment_id": f"p{n}", "order_id": "o1", "kind": "sale", "amount": a, "tax_amount": t, "currency": c, "business_date": day}
        for n, (a, t, c) in enumerate(paid)
    ]
    books.close(day)
    assert {a: amount for _, _, a, amount in books.journal() if a != "2100"} == {a: D(amount) for a, amount in posted.items()}


def test_a_partners_debt_in_another_currency_is_revalued_though_every_cohort_is_in_ours() -> None:
    first, second = date(2026, 1, 1), date(2026, 1, 2)
    policy = {"functional_currency": "USD", "presentation_currency": "USD"}
    books = SubLedger(policy=policy, accounts={**ACCOUNTS, "partner_payable": "2130", "fx": "7100"})
    books.inputs["fx_rate"] = [
        {"rate_date": d, "from_currency": "EUR", "to_currency": "USD", "rate": r, "business_date": d} for d, r in ((first, "1.10"), (second, "1.20"))
    ]
    owed = {"as_of_date": first, "ledger_id": "gl", "company_id": "1000", "account": "2130", "amount": "-100", "currency": "EUR", "business_date": first}
    others = [{"as_of_date": date(2025, 12, 31), "amount": "-300"}, {"account": "2131"}, {"currency": "USD"}, {"member_id": "m"}, {"company_id": "2000"}]
    # parallel ledgers carry the same debt once
    books.inputs["ledger_balance"] = [owed, {**owed, "ledger_id": "tax"}, *({**owed, **o} for o in others)]
    books.close(second)
    assert books.journal() == [("revaluation", "", "2130", D(-10)), ("revaluation", "", "7100", D(10))]
