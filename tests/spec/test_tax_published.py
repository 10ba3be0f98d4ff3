"""Published tax examples, each through the steps of a close: a programme file, tax rules and rates and dropped rows in, tax entries out.

Where a source gives the rule but no figures the figures are ours, and the name of the source says `rule`. Rates are the examples' own,
not the states'. The law itself is the shipped table, with a handful of rows for places it does not ship.
"""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.workspace import Workspace
from tests.spec.tax_examples import REDEEMED, Example, close, entries, tax_line
from tests.system.system_books import close_plainly, query
from tieout.reading import derived


def law(rule_id: str, place: str, treatment: str, **more: str) -> dict[str, str]:
    """A row of tax_rules.csv."""
    terms = {"tax_type": "VAT" if place in ("SE", "GB") else "SALES", "rule_version": "1", "effective_from": "2019-01-01", "citation": "see the example"}
    return {"rule_id": rule_id, "jurisdiction": place, "treatment": treatment, **terms, **more}


def rate(place: str, value: str, tax_type: str = "SALES") -> dict[str, str]:
    return {"jurisdiction": place, "rate": value, "effective_from": "2019-01-01", "tax_type": tax_type, "citation": "the example's"}


RULES = [
    law("any-own", "US-ANY", "DISCOUNT_REDUCES_BASE"),
    law("any-invoice", "US-INV", "DISCOUNT_REDUCES_BASE", rounding_level="invoice"),
    law("se-points", "SE", "VAT_PRICE_REDUCTION", instrument="points"),
    law("gb-points", "GB", "VAT_PRICE_REDUCTION", instrument="points"),
    law("gb-third", "GB", "VAT_THIRD_PARTY_CONSIDERATION", funded_by="partner", priority="50"),
    law("gb-spv", "GB", "VAT_SPV_AT_ISSUE", instrument="voucher_spv"),
    law("gb-mpv", "GB", "VAT_MPV_AT_REDEMPTION", instrument="voucher_mpv"),
    law("gb-gift", "GB", "NO_TAX_EVENT", instrument="stamp"),
]
RATES = [
    *(rate(place, "0.10") for place in ("US-WA-TEN", "US-ANY-TEN", "US-INV-TEN", "US-CA-TEN", "US-TX-TEN")),
    *(rate(place, "0.05") for place in ("US-ANY-FIVE", "US-MA-FIVE", "US-IL-FIVE")),
    rate("US-NY-SEVEN", "0.07"),
    rate("US-WA-TEN", "0.10", "USE"),
    rate("SE", "0.25", "VAT"),
    rate("GB", "0.20", "VAT"),
]
COUPON = {"instrument": "coupon"}
FROM_MAKER = {"instrument": "coupon", "funded_by": "manufacturer"}
WA_3191 = "WA DOR ETA 3191.2022 and its interim statements of 2014, rule"
SSUTA = "SSUTA s. 324, rule"
NY_526_5 = "20 NYCRR 526.5(c), examples of coupons"
NY_TSB = "NY TSB-M-11(10)S, rule"

EXAMPLES = [
    Example("store coupon", "Tax Foundation, 'Coupons shouldn't be taxed'", "US-ANY-FIVE", "40.00", "10.00", ("30.00", "1.50"), facts=COUPON),
    Example("il own", "86 Ill. Adm. Code 130.2125(b)", "US-IL-FIVE", "50.00", "10.00", ("40.00", "2.00"), facts=COUPON),
    Example("il reimbursed", "86 Ill. Adm. Code 130.2125(b), rule", "US-IL-FIVE", "50.00", "10.00", ("50.00", "2.50"), facts=FROM_MAKER),
    Example("il in part", "86 Ill. Adm. Code 130.2125(b), rule", "US-IL-FIVE", "50.00", "10.00", ("44.00", "2.20"),
            facts=FROM_MAKER | {"reimbursed_amount": "4.00"}),
    Example("ma maker", "830 CMR 64H.1.4(2)(a), rule", "US-MA-FIVE", "40.00", "10.00", ("30.00", "1.50"), facts=FROM_MAKER),
    Example("ma doubled", "830 CMR 64H.1.4(2)(a), doubled coupon, rule", "US-MA-FIVE", "40.00", "20.00", ("20.00", "1.00"),
            facts=FROM_MAKER | {"reimbursed_amount": "10.00"}),
    Example("tx store", "Texas Comptroller STAR 200904303L", "US-TX-TEN", "150.00", "15.00", ("135.00", "13.50"), facts=COUPON),
    Example("tx maker", "Texas Comptroller STAR 200904303L", "US-TX-TEN", "150.00", "15.00", ("135.00", "13.50"), facts=FROM_MAKER),
    Example("tx host", "Texas Comptroller decision reported 2020-10-29, rule", "US-TX-TEN", "60.00", "25.00", ("60.00", "6.00"), lots=[("service", 2500)]),
    Example("tx stamps", "34 TAC 3.301(a)(2), rule", "US-TX-TEN", "8.00", "10.00", ("10.00", "1.00"), facts={"instrument": "stamp"}),
    Example("wa mixed lots", WA_3191, "US-WA-TEN", "50.00", "12.00", ("43.00", "4.30"), lots=[("cobrand", 500), ("purchase", 700)]),
    Example("wa no lots", WA_3191, "US-WA-TEN", "50.00", "12.00", ("50.00", "5.00"), lots=[("none", 1200)]),
    Example("wa free item", WA_3191, "US-WA-TEN", "30.00", "30.00", ("0", "0"), use=("18.00", "1.80"), facts={"cost_amount": "18.00"}),
    Example("wa golden", "the golden scenario", "US-WA-TEN", "100.00", "30.00", ("70.00", "7.00"), lots=[("bonus", 200), ("purchase", 400)]),
    Example("wa sequence", "the golden scenario, cobrand first", "US-WA-TEN", "100.00", "30.00", ("95.00", "9.50"),
            lots=[("bonus", 100), ("cobrand", 500)], programme="classes"),
    Example("wa voucher", "WA DOR special notice on discount vouchers, 2012, rule", "US-WA-TEN", "30.00", "20.00", ("20.00", "2.00"), lots=[("bonus", 2000)],
            facts={"instrument": "coupon", "funded_by": "partner", "reimbursed_amount": "10.00"}),
    Example("ssuta 1.2349", SSUTA, "US-ANY-TEN", "12.349", "0", ("12.349", "1.23")),
    Example("ssuta 1.2350", SSUTA, "US-ANY-TEN", "12.350", "0", ("12.35", "1.24")),
    Example("ssuta 0.0049", SSUTA, "US-ANY-TEN", "0.049", "0", ("0.049", "0")),
    Example("ssuta 0.0050", SSUTA, "US-ANY-TEN", "0.05", "0", ("0.05", "0.01")),
    Example("invoice a", SSUTA, "US-INV-TEN", "1.14", "0.10", ("1.04", "0.105"), order="one invoice"),
    Example("invoice b", SSUTA, "US-INV-TEN", "1.14", "0.10", ("1.04", "0.105"), order="one invoice"),
    Example("ny maker", NY_526_5, "US-NY-SEVEN", "0.63", "0.12", ("0.63", "0.04"), facts=FROM_MAKER | {"receipt_evidence": "disclosed"}),
    Example("ny store", NY_526_5, "US-NY-SEVEN", "0.63", "0.12", ("0.51", "0.04"), facts=COUPON),
    Example("ny silent", NY_TSB, "US-NY-SEVEN", "100.00", "10.00", ("100.00", "7.00"), charged=("90.00", "6.30"), facts=FROM_MAKER),
    Example("ca maker", "CDTFA Publication 113, manufacturer coupon", "US-CA-TEN", "10.00", "1.00", ("10.00", "1.00"), facts=FROM_MAKER),
    Example("ca double", "CDTFA Publication 113, double discount", "US-CA-TEN", "10.00", "2.00", ("9.00", "0.90"),
            facts=FROM_MAKER | {"reimbursed_amount": "1.00"}),
    Example("mn employer", "MN Revenue Notice 03-15", "US-MN", "200.00", "50.00", ("200.00", "13.75"), lots=[("partner", 5000)],
            facts={"funded_by": "partner"}),
    Example("mn store", "MN DOR, coupons and other forms of payment, rule", "US-MN", "200.00", "50.00", ("150.00", "10.31"), facts=COUPON),
    Example("pa scanned coup", "Myers v. Commonwealth, Pa. 2023", "US-PA", "10.00", "2.50", ("10.00", "0.60"), facts=FROM_MAKER),
    Example("pa described", "61 Pa. Code 33.2(b)(2), rule", "US-PA", "10.00", "2.50", ("7.50", "0.45"),
            facts=FROM_MAKER | {"receipt_evidence": "described;linked"}),
    Example("some exempt", "SSUTA: only taxable goods bear tax, rule", "US-ANY-TEN", "50.00", "10.00", ("20.00", "2.00"), facts={"taxable_amount": "30.00"}),
    Example("lyko", "CJEU C-436/24 Lyko, rule", "SE", "40.00", "5.00", ("35.00", "8.75"), programme="euros"),
    Example("baxi", "CJEU C-53/09 and C-55/09 LMUK and Baxi, rule", "GB", "100.00", "100.00", ("100.00", "20.00"), programme="euros",
            facts={"funded_by": "partner"}),
    Example("spv", "VAT Directive art. 30b(1), rule", "GB", "100.00", "60.00", ("40.00", "8.00"), programme="euros", facts={"instrument": "voucher_spv"}),
    Example("mpv", "VAT Directive art. 30b(2), rule", "GB", "100.00", "60.00", ("100.00", "20.00"), programme="euros", facts={"instrument": "voucher_mpv"}),
    Example("mpv for less", "VAT Directive art. 73a, consideration paid for the voucher, rule", "GB", "100.00", "60.00", ("90.00", "18.00"), programme="euros",
            facts={"instrument": "voucher_mpv", "reimbursed_amount": "50.00"}),
    Example("no supply", "VAT Notice 700/7: outside the scope, rule", "GB", "5.00", "5.00", ("0", "0"), programme="euros", facts={"instrument": "stamp"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tax") / "books"


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    return close(folder, EXAMPLES, RULES, RATES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_what_the_source_says_is_owed_is_owed(found: dict[str, dict[str, dict[str, Any]]], example: Example) -> None:
    taxes = found[example.name]
    sale = taxes["VAT" if example.place in ("SE", "GB") else "SALES"]
    owed = Decimal(example.owed[0]), Decimal(example.owed[1])
    charged = (Decimal(example.charged[0] or owed[0]), Decimal(example.charged[1] or owed[1]))
    assert (sale["taxable_base"], sale["tax_amount"]) == owed, (example.source, sale["treatments"])
    assert (sale["base_collected"], sale["tax_collected"]) == charged, example.source
    assert sale["base_before"] + sale["base_adjustment"] == sale["taxable_base"]
    use = taxes.get("USE")
    assert (use and (use["taxable_base"], use["tax_amount"])) == (example.use and (Decimal(example.use[0]), Decimal(example.use[1])))


def test_use_tax_is_posted_as_our_expense(folder: Path, found: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Dr marketing expense, Cr use tax payable: no till books it. Drilled down to the redemptions."""
    owed = sum(taxes["USE"]["tax_amount"] for taxes in found.values() if "USE" in taxes)
    posted = query(
        folder, "select account, sum(debit) - sum(credit) as money from journal_line where event_kind = 'use_tax' group by all order by all", "journal_line"
    )
    assert owed > 0
    assert [(r["account"], r["money"]) for r in posted] == [("2155", -owed), ("6100", owed)]
    drill = (
        "select s.event_id, s.amount from journal_source s join journal_line l using (entry_id, line_no) where l.account = '6100' and l.event_kind = 'use_tax'"
    )
    sources = query(folder, drill, "journal_source", "journal_line")
    assert {r["event_id"]: r["amount"] for r in sources} == {e: t["USE"]["tax_amount"] for e, t in found.items() if "USE" in t and t["USE"]["tax_amount"]}


def test_a_rule_corrected_in_the_file_reaches_closed_days_by_entries_of_the_next_day(tmp_path: Path) -> None:
    """tax_rules.csv is edited between two closes: the closed day stays as it is, the next day takes back and taxes anew."""
    folder = tmp_path / "books"
    close(folder, EXAMPLES[:1], RULES, RATES)
    rules = folder / "tax_rules.csv"
    text = rules.read_text(encoding="utf-8").replace("any-own,1,US-ANY,SALES,DISCOUNT_REDUCES_BASE", "any-own,2,US-ANY,SALES,TENDER_FULL_BASE")
    rules.write_text(text, encoding="utf-8")
    next_day = REDEEMED + timedelta(1)
    close_plainly(folder, next_day, next_day)
    rows = query(folder, "select business_date, rule_version, taxable_base, tax_amount from tax_entry order by business_date, tax_amount", "tax_entry")
    assert [tuple(r.values()) for r in rows] == [(REDEEMED, "1", 30, Decimal("1.5")), (next_day, "1", -30, Decimal("-1.5")), (next_day, "2", 40, 2)]
    assert entries(folder)["store coupon"]["SALES"]["taxable_base"] == 40
    close_plainly(folder, next_day + timedelta(1), next_day + timedelta(1))
    assert len(query(folder, "select 1 as one from tax_entry", "tax_entry")) == 3


def test_the_ledger_of_the_month_is_the_sum_of_the_entries_and_stands_beside_the_tax_lines(tmp_path: Path) -> None:
    """Three states, a use tax, a reversal next day, and the ledger's lines: two of them right, one short, one of a sale without reward."""
    folder = tmp_path / "books"
    chosen = [e for e in EXAMPLES if e.name in ("store coupon", "wa free item", "ny silent")]
    lines = [
        tax_line("t1", "store coupon", "-1.50", "30.00", "US-ANY-FIVE"),
        tax_line("t2", "ny silent", "-6.30", "90.00", "US-NY-SEVEN"),
        tax_line("t3", "", "-9.00", "100.00", "US-WA-TEN"),
        tax_line("t4", "wa free item", "-1.80", "18.00", "US-WA-TEN", account="2155"),
    ]
    close(folder, chosen, RULES, RATES, lines)
    with derived(Workspace(folder), "tax_ledger", REDEEMED) as session:
        rows = session.fetch("select * from tax_ledger order by jurisdiction, tax_type")
    columns = ("jurisdiction", "tax_type", "order_count", "gross_price", "taxable_base", "tax_amount")
    columns += ("seller_amount", "ledger_amount", "difference_amount", "other_amount")
    assert [tuple(r[c] for c in columns) for r in rows] == [
        ("US-ANY-FIVE", "SALES", 1, 40, 30, Decimal("1.5"), 0, Decimal("1.5"), 0, 0),
        ("US-NY-SEVEN", "SALES", 1, 100, 100, 7, Decimal("0.7"), Decimal("6.3"), Decimal("0.7"), 0),
        ("US-WA-TEN", "SALES", 1, 30, 0, 0, 0, 0, 0, 9),
        ("US-WA-TEN", "USE", 1, 30, 18, Decimal("1.8"), Decimal("1.8"), Decimal("1.8"), 0, 0),
    ]  # fmt: skip
    total = query(folder, "select sum(tax_amount) as tax, sum(taxable_base) as base from tax_entry", "tax_entry")
    assert [(sum(r["tax_amount"] for r in rows), sum(r["taxable_base"] for r in rows))] == [tuple(t.values()) for t in total]
