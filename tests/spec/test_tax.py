"""Specification: how a redeemed point is taxed. Each table is a question a tax auditor would ask, with the answer beside it."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.tax_tables import read_tax_rates, read_tax_rules
from tests.ledgers.tax.day import DAY, PROGRAMME, Books, event, rate, redemption, rule, total, units

TEMPLATES = Path(__file__).parents[2] / "tieout" / "templates"
SHIPPED = read_tax_rules(TEMPLATES / "tax_rules.csv")
TEN_PERCENT = [rate("US", "0.10"), rate("US", "0.10", tax_type="USE"), rate("DE", "0.19", tax_type="VAT")]


def one(rules: Any, rates: Any, earn_class: str = "purchase", **facts: Any) -> list[dict[str, Any]]:
    """Goods of 50.00, 200 points worth 10.00, one lot."""
    facts = {"transaction_amount": Decimal(50)} | {k: Decimal(v) if k.endswith("amount") else v for k, v in facts.items()}
    return Books(rules, rates).close(DAY, [redemption("R", "200", **facts)], [units("R", "L", "200", earn_class)])


TREATMENTS = [
    # treatment                       facts                                                              base    tax    collected
    ("DISCOUNT_REDUCES_BASE",         {},                                                                "40",   "4",   "4"),
    ("DISCOUNT_REDUCES_BASE",         {"taxable_amount": "6"},                                           "0",    "0",   "0"),
    ("COUPON_EXCLUDED_ALWAYS",        {"funded_by": "bank"},                                             "40",   "4",   "4"),
    ("VAT_PRICE_REDUCTION",           {},                                                                "40",   "4",   "4"),
    ("EXCLUDED_IF_LINKED_ON_RECEIPT", {"receipt_evidence": "described;linked"},                          "40",   "4",   "4"),
    ("EXCLUDED_IF_LINKED_ON_RECEIPT", {"receipt_evidence": "linked"},                                    "50",   "5",   "5"),
    ("THIRD_PARTY_INCLUDED",          {},                                                                "40",   "4",   "4"),
    ("THIRD_PARTY_INCLUDED",          {"funded_by": "bank"},                                             "50",   "5",   "5"),
    ("THIRD_PARTY_INCLUDED",          {"funded_by": "bank", "reimbursed_amount": "7"},                   "47",   "4.7", "4.7"),
    ("THIRD_PARTY_INCLUDED",          {"reimbursed_amount": "7"},                                        "47",   "4.7", "4.7"),
    ("TENDER_FULL_BASE",              {},                                                                "50",   "5",   "5"),
    ("COLLECT_NET_REMIT_GROSS",       {"funded_by": "manufacturer"},                                     "50",   "5",   "4"),
    ("COLLECT_NET_REMIT_GROSS",       {"funded_by": "manufacturer", "receipt_evidence": "disclosed"},    "50",   "5",   "5"),
    ("MAX_VALUE_OR_RETAIL",           {},                                                                "50",   "5",   "5"),
    ("MAX_VALUE_OR_RETAIL",           {"transaction_amount": "8"},                                       "10",   "1",   "1"),
    ("VAT_SPV_AT_ISSUE",              {},                                                                "40",   "4",   "4"),
    ("VAT_MPV_AT_REDEMPTION",         {},                                                                "50",   "5",   "5"),
    ("VAT_MPV_AT_REDEMPTION",         {"reimbursed_amount": "7"},                                        "47",   "4.7", "4.7"),
    ("VAT_THIRD_PARTY_CONSIDERATION", {"funded_by": "partner"},                                          "50",   "5",   "5"),
    ("VAT_THIRD_PARTY_CONSIDERATION", {},                                                                "40",   "4",   "4"),
    ("NO_TAX_EVENT",                  {},                                                                "0",    "0",   "0"),
    ("SELLER_USE_TAX_DEFERRED",       {"cost_amount": "6"},                                              "6",    "0.6", "0.6"),
]  # fmt: skip


@pytest.mark.parametrize(("treatment", "facts", "base", "tax", "collected"), TREATMENTS)
def test_what_each_treatment_does_to_the_base(treatment: str, facts: dict[str, str], base: str, tax: str, collected: str) -> None:
    (row,) = one([rule("r", "US-WA", treatment)], TEN_PERCENT, **facts)
    assert (row["taxable_base"], row["tax_amount"], row["tax_collected"]) == (Decimal(base), Decimal(tax), Decimal(collected))
    assert row["base_before"] + row["base_adjustment"] == row["taxable_base"]


STATES = [
    # state    instrument funded_by       earn class   treatment                        base
    ("US-CA", "points", "seller",       "purchase",  "DISCOUNT_REDUCES_BASE",         "40"),
    ("US-CA", "points", "manufacturer", "purchase",  "THIRD_PARTY_INCLUDED",          "50"),
    ("US-NY", "points", "seller",       "purchase",  "DISCOUNT_REDUCES_BASE",         "40"),
    ("US-NY", "coupon", "manufacturer", "purchase",  "COLLECT_NET_REMIT_GROSS",       "50"),
    ("US-NY", "points", "bank",         "purchase",  "THIRD_PARTY_INCLUDED",          "50"),
    ("US-WA", "points", "seller",       "purchase",  "DISCOUNT_REDUCES_BASE",         "40"),
    ("US-WA", "points", "seller",       "bonus",     "DISCOUNT_REDUCES_BASE",         "40"),
    ("US-WA", "points", "seller",       "migrated",  "DISCOUNT_REDUCES_BASE",         "40"),
    ("US-WA", "points", "seller",       "purchased", "TENDER_FULL_BASE",              "50"),
    ("US-WA", "points", "bank",         "cobrand",   "TENDER_FULL_BASE",              "50"),
    ("US-WA", "points", "seller",       "partner",   "TENDER_FULL_BASE",              "50"),
    ("US-WA", "points", "seller",       "service",   "TENDER_FULL_BASE",              "50"),
    ("US-WA", "coupon", "partner",      "purchase",  "THIRD_PARTY_INCLUDED",          "50"),
    ("US-WA", "points", "seller",       "",          "UNREVIEWED_FULL_BASE",          "50"),
    ("US-TX", "coupon", "manufacturer", "purchase",  "COUPON_EXCLUDED_ALWAYS",        "40"),
    ("US-TX", "coupon", "seller",       "bonus",     "COUPON_EXCLUDED_ALWAYS",        "40"),
    ("US-TX", "points", "seller",       "purchase",  "DISCOUNT_REDUCES_BASE",         "40"),
    ("US-TX", "points", "seller",       "service",   "TENDER_FULL_BASE",              "50"),
    ("US-TX", "stamp",  "seller",       "purchase",  "MAX_VALUE_OR_RETAIL",           "50"),
    ("US-MA", "coupon", "manufacturer", "purchase",  "COUPON_EXCLUDED_ALWAYS",        "40"),
    ("US-MA", "coupon", "seller",       "purchase",  "COUPON_EXCLUDED_ALWAYS",        "40"),
    ("US-PA", "coupon", "manufacturer", "purchase",  "EXCLUDED_IF_LINKED_ON_RECEIPT", "50"),
    ("US-IL", "points", "seller",       "purchase",  "THIRD_PARTY_INCLUDED",          "40"),
    ("US-IL", "points", "manufacturer", "purchase",  "THIRD_PARTY_INCLUDED",          "50"),
    ("US-MN", "points", "seller",       "purchase",  "DISCOUNT_REDUCES_BASE",         "40"),
    ("US-MN", "points", "seller",       "purchased", "TENDER_FULL_BASE",              "50"),
    ("US-TN", "points", "seller",       "purchase",  "DISCOUNT_REDUCES_BASE",         "40"),
    ("US-GA", "points", "manufacturer", "purchase",  "THIRD_PARTY_INCLUDED",          "50"),
    ("US-CA", "gift_card", "seller",    "purchase",  "TENDER_FULL_BASE",              "50"),
    ("DE",    "points", "seller",       "purchase",  "VAT_PRICE_REDUCTION",           "40"),
]  # fmt: skip


def test_the_shipped_rules_state_by_state() -> None:
    """All rows of the table on one day; a jurisdiction below the state falls under the state's rule."""
    facts = {"transaction_amount": Decimal(50)}
    rewards = [redemption(f"R{n:02}", "200", tax_jurisdiction=f"{s}-X", instrument=i, funded_by=f, **facts) for n, (s, i, f, *_) in enumerate(STATES)]
    rows = Books(SHIPPED, TEN_PERCENT).close(DAY, rewards, [units(f"R{n:02}", "L", "200", row[3]) for n, row in enumerate(STATES)])
    found = [(state, *row[1:4], entry["treatment"], entry["taxable_base"]) for (state, *row), entry in zip([(r[0], *r) for r in STATES], rows, strict=True)]
    assert found == [(*row[:5], Decimal(row[5])) for row in STATES]
    assert not any(entry["is_reviewed"] for entry in rows)


def test_shipped_rules_are_cited_and_nobody_has_reviewed_them() -> None:
    assert all(r["citation"] and not r["reviewed_by"] for r in SHIPPED)
    assert {"US-CA", "US-GA", "US-IL", "US-MA", "US-MN", "US-NY", "US-PA", "US-TN", "US-TX", "US-WA", "DE"} == {r["jurisdiction"] for r in SHIPPED}
    assert all("not reviewed" in r["citation"] for r in read_tax_rates(TEMPLATES / "tax_rates.csv"))


CHOICES = [
    # the rules, best last                                                                                  the one that holds
    ([rule("a", "US", "TENDER_FULL_BASE", priority=1), rule("b", "US-WA", "DISCOUNT_REDUCES_BASE")],             "b"),
    ([rule("a", "US-W", "TENDER_FULL_BASE"), rule("b", "US", "DISCOUNT_REDUCES_BASE")],                          "b"),
    ([rule("a", "US-WA", "TENDER_FULL_BASE", priority=1), rule("b", "US-WA", "TENDER_FULL_BASE", funded_by="seller")], "b"),
    ([rule("a", "US-WA", "TENDER_FULL_BASE", earn_class="purchase", priority=9), rule("b", "US-WA", "TENDER_FULL_BASE", priority=5)], "b"),
    ([rule("b", "US-WA", "TENDER_FULL_BASE"), rule("c", "US-WA", "TENDER_FULL_BASE")],                           "b"),
    ([rule("a", "US-WA", "TENDER_FULL_BASE", receipt_evidence="linked;described"), rule("b", "US", "TENDER_FULL_BASE")], "b"),
    ([rule("a", "US-WA", "TENDER_FULL_BASE", effective_to=DAY - timedelta(1)), rule("b", "US-WA", "TENDER_FULL_BASE", effective_from=DAY)], "b"),
    ([rule("a", "US-WA", "TENDER_FULL_BASE", effective_from=DAY + timedelta(1)), rule("b", "US-WA", "TENDER_FULL_BASE", effective_to=DAY)], "b"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "holds"), CHOICES)
def test_which_rule_holds(rules: Any, holds: str) -> None:
    (row,) = one(rules, TEN_PERCENT, receipt_evidence="linked")
    assert row["rule_id"] == holds


def test_the_golden_washington_redemption_and_its_alternative_sequence() -> None:
    """600 points worth 30.00 on goods of 100.00: who earned them how moves the tax from 7.00 to 9.50."""
    for lots, base, tax in (
        ([("L2", "200", "bonus"), ("L1", "400", "purchase")], "70", "7"),
        ([("L3", "500", "cobrand"), ("L2", "100", "bonus")], "95", "9.5"),
    ):
        rows = Books(SHIPPED, TEN_PERCENT).close(
            DAY, [redemption("E4", "600", transaction_amount=Decimal(100))],
            [units("E4", lot, points, earn_class, sequence=n) for n, (lot, points, earn_class) in enumerate(lots)],
        )  # fmt: skip
        assert (total(rows, "taxable_base"), total(rows, "tax_amount"), total(rows, "base_before")) == (Decimal(base), Decimal(tax), 100)
    assert total(rows, "base_adjustment", lot_id="L3") == 0
    assert total(rows, "base_adjustment", lot_id="L2") == -5


def test_goods_given_free_bear_use_tax_on_their_cost() -> None:
    rows = one(SHIPPED, TEN_PERCENT, transaction_amount="10", cost_amount="6")
    assert [(r["tax_type"], r["taxable_base"], r["tax_amount"], r["tax_collected"]) for r in rows] == [("SALES", 0, 0, 0), ("USE", 6, Decimal("0.6"), 0)]


def test_no_rule_no_rate_no_jurisdiction() -> None:
    for place, tax_type in (("US-OH", "SALES"), ("FR", "VAT"), (None, "VAT")):
        (row,) = one(SHIPPED, [], tax_jurisdiction=place)
        assert (row["tax_type"], row["treatment"], row["rule_id"], row["rate"], row["taxable_base"], row["tax_amount"]) == (
            tax_type, "UNREVIEWED_FULL_BASE", "", None, 50, 0,
        )  # fmt: skip


@pytest.mark.parametrize(("level", "tax"), [("item", "0.04"), ("invoice", "0.03")])
def test_tax_is_rounded_once_per_redemption_or_once_per_order(level: str, tax: str) -> None:
    """Two rewards on goods of 0.15 each at 10 %: 0.015 rounds to 0.02 twice, or 0.03 once."""
    events = [redemption(e, "0.2", transaction_amount=Decimal("0.15"), redemption_value=Decimal(0), order_id="o") for e in ("R1", "R2")]
    books = Books([rule("r", "US-WA", "DISCOUNT_REDUCES_BASE", rounding_level=level)], TEN_PERCENT)
    rows = books.close(DAY, events, [units(e, "L", "0.2", value="0") for e in ("R1", "R2")])
    assert total(rows, "tax_amount") == Decimal(tax)


def test_tax_is_rounded_to_the_coin_of_the_currency() -> None:
    yen: dict[str, Any] = {**PROGRAMME, "currency": "JPY", "minor_unit": 0}
    books = Books([rule("r", "JP", "TENDER_FULL_BASE", tax_type="VAT")], [rate("JP", "0.10", tax_type="VAT")], [yen])
    (row,) = books.close(DAY, [redemption("R", "1", tax_jurisdiction="JP", transaction_amount=Decimal(1235))], [units("R", "L", "1")])
    assert row["tax_amount"] == 124


def test_a_reversal_negates_under_the_original_rule_version() -> None:
    books = Books([rule("r", "US-WA", "DISCOUNT_REDUCES_BASE")], TEN_PERCENT)
    books.close(DAY, [redemption("R", "200", transaction_amount=Decimal(50))], [units("R", "L", "200")])
    books.rules = [rule("r", "US-WA", "TENDER_FULL_BASE", rule_version="2")]
    next_month = date(2026, 5, 2)
    (half,) = books.close(next_month, [event("V", "reversal", "100", next_month)], [units("V", "L", "-100", of="R")])
    assert (half["rule_version"], half["taxable_base"], half["tax_amount"], half["effective_date"]) == ("1", -20, -2, next_month)
    books.close(next_month + timedelta(1), [event("W", "reversal", "100", next_month)], [units("W", "L", "-100", of="R")])
    assert [total(books.prior, c) for c in ("points", "taxable_base", "tax_amount", "base_collected")] == [0, 0, 0, 0]


def test_a_redemption_and_its_reversal_of_the_same_day_net_to_nothing() -> None:
    rows = Books(SHIPPED, TEN_PERCENT).close(
        DAY, [redemption("R", "200", transaction_amount=Decimal(50)), event("V", "reversal", "200")], [units("R", "L", "200"), units("V", "L", "-200", of="R")]
    )
    assert len(rows) == 2
    assert total(rows, "tax_amount") == total(rows, "points") == 0


def test_units_repaid_from_arrears_are_taxed_as_their_real_lot() -> None:
    """In Washington points in arrears have no earn class, so nobody has decided; once a bonus lot covers them they are a discount."""
    books = Books(SHIPPED, TEN_PERCENT)
    books.close(DAY, [redemption("R", "200", transaction_amount=Decimal(50))], [units("R", "ARREARS/R", "200", "")])
    later = DAY + timedelta(3)
    rows = books.close(
        later, [event("A", "accrual", "200", later)], [units("A", "ARREARS/R", "-200", "", of="R"), units("A", "A", "200", "bonus", of="R", sequence=2)]
    )
    assert [(r["lot_id"], r["treatment"], r["taxable_base"], r["tax_amount"]) for r in rows] == [
        ("A", "DISCOUNT_REDUCES_BASE", 40, 4), ("ARREARS/R", "UNREVIEWED_FULL_BASE", -50, -5),
    ]  # fmt: skip
    assert (total(books.prior, "taxable_base"), total(books.prior, "points"), total(books.prior, "gross_price")) == (40, 200, 50)
    assert books.problems == []


OLD, NEW = rule("r", "US-WA", "DISCOUNT_REDUCES_BASE"), rule("r", "US-WA", "TENDER_FULL_BASE", rule_version="2")
LATER = DAY + timedelta(9)
# what changes -> base and tax of the redemption afterwards, and the (base, tax) of the rows of the day it becomes known
BACK_DATED = {
    "another treatment":      ({"rules": [NEW]},                                             ("50", "5"), [("-40", "-4"), ("50", "5")]),
    "another rate":           ({"rates": [rate("US-WA", "0.12")]},                           ("40", "4.8"), [("-40", "-4"), ("40", "4.8")]),
    "the rule is withdrawn":  ({"rules": []},                                                ("50", "5"), [("-40", "-4"), ("50", "5")]),
    "a use tax comes in":     ({"rules": [OLD, rule("u", "US-WA", "SELLER_USE_TAX_COST", tax_type="USE")]}, ("46", "4.6"), [("6", "0.6")]),
    "in force only later":    ({"rules": [OLD, rule("s", "US-WA-X", "TENDER_FULL_BASE"), NEW | {"rule_id": "z", "effective_from": LATER}]}, ("40", "4"), []),
    "nothing":                ({},                                                           ("40", "4"), []),
}  # fmt: skip


@pytest.mark.parametrize("change", BACK_DATED)
def test_a_back_dated_change_of_the_law_adds_what_it_changes_and_edits_nothing(change: str) -> None:
    law, after, added = BACK_DATED[change]
    books = Books([OLD], [rate("US", "0.10"), rate("US", "0.10", tax_type="USE")])
    books.close(DAY, [redemption("R", "200", transaction_amount=Decimal(50), cost_amount=Decimal(6))], [units("R", "L", "200")])
    before = list(books.prior)
    books.rules, books.rates = law.get("rules", books.rules), law.get("rates", books.rates)
    rows = books.close(LATER, [], [], law_changed=True)
    assert sorted((r["taxable_base"], r["tax_amount"]) for r in rows) == [(Decimal(b), Decimal(t)) for b, t in added]
    assert books.prior[: len(before)] == before
    assert (total(books.prior, "taxable_base"), total(books.prior, "tax_amount")) == (Decimal(after[0]), Decimal(after[1]))
    assert all(r["effective_date"] == DAY for r in rows)
    assert books.close(LATER + timedelta(1), [], [], law_changed=True) == []
    assert books.problems == []


def test_what_was_returned_before_the_change_keeps_the_law_it_was_taxed_under() -> None:
    """Half is returned at the old base; the change reaches the other half, and its later return takes back the new entry."""
    books = Books([OLD], [rate("US", "0.10")])
    books.close(DAY, [redemption("R", "200", transaction_amount=Decimal(50))], [units("R", "L", "200")])
    books.close(LATER, [event("V", "reversal", "100", LATER)], [units("V", "L", "-100", of="R")])
    books.rules = [NEW]
    rows = books.close(LATER + timedelta(1), [], [], law_changed=True)
    assert [(r["rule_version"], r["points"], r["taxable_base"]) for r in sorted(rows, key=lambda r: r["points"])] == [("1", -100, -20), ("2", 100, 25)]
    (last,) = books.close(LATER + timedelta(2), [event("W", "reversal", "100", LATER)], [units("W", "L", "-100", of="R")])
    assert (last["rule_version"], last["taxable_base"], total(books.prior, "taxable_base"), total(books.prior, "points")) == ("2", -25, 0, 0)
    assert books.problems == []


def test_arrears_already_repaid_are_judged_under_the_lot_that_repaid_them() -> None:
    books = Books([OLD], [rate("US", "0.10")])
    books.close(DAY, [redemption("R", "200", transaction_amount=Decimal(50))], [units("R", "ARREARS/R", "200", "")])
    books.close(
        LATER, [event("A", "accrual", "200", LATER)], [units("A", "ARREARS/R", "-200", "", of="R"), units("A", "A", "200", "bonus", of="R", sequence=2)]
    )
    books.rules = [OLD, rule("c", "US-WA", "TENDER_FULL_BASE", earn_class="bonus", priority=1)]
    rows = books.close(LATER + timedelta(1), [], [], law_changed=True)
    assert [(r["lot_id"], r["rule_id"], r["taxable_base"]) for r in sorted(rows, key=lambda r: r["points"])] == [("A", "r", -40), ("A", "c", 50)]
    assert books.problems == []


def test_two_rewards_on_one_line_of_an_order_are_taken_off_the_same_goods() -> None:
    """A line of 50.00, a store coupon of 10.00 and points worth 20.00 on it: the base is 20.00, not 40.00 and 30.00."""
    line = {"order_id": "o", "order_line_id": "1", "transaction_amount": Decimal(50)}
    coupon = redemption("C", "200", redemption_value=Decimal(10), instrument="coupon", **line)
    pointed = redemption("P", "400", redemption_value=Decimal(20), **line)
    rows = Books(SHIPPED, TEN_PERCENT).close(DAY, [coupon, pointed], [units("C", "L", "200"), units("P", "L", "400")])
    assert [total(rows, c) for c in ("gross_price", "base_before", "base_adjustment", "taxable_base", "tax_amount")] == [50, 50, -30, 20, 2]
    apart = Books(SHIPPED, TEN_PERCENT).close(DAY, [coupon, pointed | {"order_line_id": "2"}], [units("C", "L", "200"), units("P", "L", "400")])
    assert [total(apart, c) for c in ("gross_price", "taxable_base", "tax_amount")] == [100, 70, 7]


@pytest.mark.parametrize("given_again_on", [DAY, DAY + timedelta(1)])
def test_a_reward_taken_back_leaves_its_goods_to_the_one_given_again(given_again_on: date) -> None:
    """A line of 50.00, points worth 10.00 keyed, voided and keyed again, in one day or over two: the second is taxed on 40.00, not on 15.00."""
    line = {"order_id": "o", "order_line_id": "1", "transaction_amount": Decimal(50)}
    first, again = redemption("R", "200", **line), redemption("S", "200", effective_date=given_again_on, business_date=given_again_on, **line)
    void = event("V", "reversal", "200", given_again_on, reverses_event_id="R", order_id="o")
    given, back, new = units("R", "L", "200"), units("V", "L", "-200", of="R"), units("S", "L", "200")
    books = Books(SHIPPED, TEN_PERCENT)
    if given_again_on > DAY:
        books.close(DAY, [first], [given])
        books.close(given_again_on, [void, again], [back, new])
    else:
        books.close(DAY, [first, void, again], [given, back, new])
    assert [total(books.prior, c, redemption_event_id="S") for c in ("base_before", "taxable_base", "tax_amount")] == [50, 40, 4]
    assert [total(books.prior, c) for c in ("gross_price", "taxable_base", "tax_amount")] == [50, 40, 4]
    assert books.problems == []
