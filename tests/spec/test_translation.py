"""Currencies: a contract liability stands at the rate of its issue inside a functional currency and is translated only on consolidation."""

from datetime import date
from decimal import Decimal

import pytest

from core.schema import table
from core.sql import Limits, Session
from tests.spec.worked_books import HEAD, Closed, close, event, programme

D = Decimal
DAYS = ("2026-01-29", "2026-01-30", "2026-01-31", "2026-02-01")


def rates(pair: str, *values: str) -> list[dict[str, object]]:
    return [{"rate_date": d, "from_currency": pair[:3], "to_currency": pair[3:], "rate": r} for d, r in zip(DAYS, values, strict=False)]


@pytest.fixture(scope="module")
def advance(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    """IFRIC 22 Example 2: 40 paid in advance in a foreign currency at 1.10; 1.20 at the month end; delivered at 1.15. (Structure published, rates ours.)"""
    owed = {"as_of_date": DAYS[1], "ledger_id": "gl", "company_id": "1000", "account": "2130", "amount": "-100", "currency": "EUR"}
    other = {**owed, "as_of_date": DAYS[2], "ledger_id": "tax", "account": "2100", "amount": "-40"}
    return close(
        tmp_path_factory.mktemp("fx") / "books", programme('value_per_point = "1"\nurr_for_ssp = "1"'),
        [event("A", DAYS[0], "accrual", 40, earn_class="purchased", transaction_amount="40", currency="EUR"),
         event("R", DAYS[3], "redemption", -40, currency="EUR")],
        more={"fx_rate": rates("EURUSD", "1.10", "1.15", "1.20", "1.15"), "ledger_balance": [owed, other]},
        company='functional_currency = "USD"\npresentation_currency = "USD"',
    )  # fmt: skip


def test_an_advance_in_a_foreign_currency_is_never_revalued(advance: Closed) -> None:
    rows = {str(d): advance.roll(d, "functional") for d in DAYS}
    assert [rows[d]["closing"] for d in DAYS] == [44, 44, 44, 0]
    assert rows[DAYS[3]]["released"] == -44, "revenue of the advance at the rate of the advance, not of the delivery"
    assert all(rows[d]["translated"] == 0 for d in DAYS)
    assert advance.roll(DAYS[2])["closing"] == 40, "the cohort itself stays in its own currency"


def test_what_a_partner_is_owed_is_revalued(advance: Closed) -> None:
    """100 EUR owed at the end of the second day: 1.15 becomes 1.20."""
    assert advance.entry(DAYS[2], "revaluation") == {"2130": D(-5), "7100": D(5)}


def test_another_ledgers_balances_of_a_later_day_hide_no_debt(advance: Closed) -> None:
    """No balance of the ledger on the third day, one of another ledger: the 100 EUR are owed still, and 1.20 becomes 1.15."""
    assert advance.entry(DAYS[3], "revaluation") == {"2130": D(5), "7100": D(-5)}


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    """A Canadian programme in a group that presents US dollars: 1,000 owed at 1.00, 600 sold and 500 redeemed at 1.02, then 1.05."""
    head = HEAD.replace('"USD"', '"CAD"')
    return close(
        tmp_path_factory.mktemp("group") / "books", programme('value_per_point = "1"\nurr_for_ssp = "1"\nlot_policy = "fifo"', head=head),
        [event("O", DAYS[0], "accrual", 1000, earn_class="migrated", deferred_amount="1000", reason="opening"),
         event("A", DAYS[1], "accrual", 600, earn_class="cobrand", transaction_amount="600"), event("R", DAYS[1], "redemption", -500)],
        more={"fx_rate": rates("CADUSD", "1.00", "1.02", "1.05")}, last=DAYS[2],
        company='functional_currency = "CAD"\npresentation_currency = "USD"',
    )  # fmt: skip


def test_the_liability_is_translated_on_consolidation(group: Closed) -> None:
    """AIR MILES shows such a line: opening + proceeds - revenue + translation = closing."""
    day = group.roll(DAYS[1], "presentation")
    assert (day["opening"], day["deferred"], day["released"], day["translated"], day["closing"]) == (1000, 612, -510, 20, 1122)
    day = group.roll(DAYS[2], "presentation")
    assert (day["opening"], day["translated"], day["closing"]) == (1122, 33, 1155)
    assert group.roll(DAYS[2])["closing"] == 1100, "the functional books do not move"


def test_translation_goes_to_cta_in_an_entry_of_its_own(group: Closed) -> None:
    assert group.entry(DAYS[2]) == {"2100": -33, "3900": 33}
    kinds = group.rows(f"select distinct event_kind, currency from journal_line where business_date = '{DAYS[2]}'", "journal_line")
    assert kinds == [{"event_kind": "translation", "currency": "USD"}]


@pytest.fixture(scope="module")
def yen(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    """Yen have no coin below 1, dollars have cents; and the dollar books get their first rate a day after the points were sold."""
    head, late = HEAD.replace('"USD"', '"JPY"'), HEAD.replace('"example"', '"late"').replace('"USD"', '"JPY"')
    sold = event("A", DAYS[0], "accrual", 1000, earn_class="purchased", transaction_amount="1000")
    sold_in_euro = event("L", DAYS[0], "accrual", 1000, programme_id="late", earn_class="purchased", transaction_amount="1000.00", currency="EUR")
    used = event("U", DAYS[2], "redemption", -300, programme_id="late", currency="EUR")
    first_late = rates("EURUSD", "", "1.10", "1.20")[1:]
    return close(
        tmp_path_factory.mktemp("yen") / "books",
        {"example": programme('value_per_point = "1"\nurr_for_ssp = "1"', head=head), "late": programme('value_per_point = "1"\nurr_for_ssp = "1"', head=late)},
        [sold, sold_in_euro, event("R", DAYS[1], "redemption", -300), used],
        more={"fx_rate": [*rates("JPYUSD", "0.00671", "0.00671", "0.00671"), *first_late]},
        company='functional_currency = "USD"\npresentation_currency = "USD"',
    )  # fmt: skip


def test_money_is_rounded_to_the_coin_of_its_own_currency(yen: Closed) -> None:
    """1,000 yen are 6.71 dollars, not 7."""
    rows = {d: yen.rows(f"select * from roll_forward where business_date = '{d}' and measure = 'functional' and programme_id = 'example'", "roll_forward")
            for d in DAYS[:3]}  # fmt: skip
    assert [r["closing_amount"] for d in DAYS[:3] for r in rows[d]] == [D("6.71"), D("4.70"), D("4.70")]
    assert [r["released_amount"] for r in rows[DAYS[1]]] == [D("-2.01")]


def test_what_is_open_when_its_first_rate_comes_enters_at_that_rate(yen: Closed) -> None:
    """1,000 euro owed, the first rate a day later: 1,100 dollars from then on, 770 after three tenths are used; never nothing."""
    found = yen.rows("""select business_date::varchar as day, opening_amount, released_amount, closing_amount from roll_forward
        where measure = 'functional' and programme_id = 'late' order by day""", "roll_forward")  # fmt: skip
    assert [tuple(r.values()) for r in found] == [(DAYS[1], 1100, 0, 1100), (DAYS[2], 1100, -330, 770)]


@pytest.mark.parametrize(
    ("delivered", "found"),
    [
        ([(0, "EURUSD", "1.10"), (1, "EURUSD", "1.20")], ("1.20", "1.10")),
        ([(0, "EURUSD", "1.10"), (1, "USDEUR", "0.8")], ("1.25", "1.10")),
        ([(0, "USDEUR", "0.5"), (1, "EURUSD", "1.20")], ("1.20", "2")),
        ([(1, "USDEUR", "0.8"), (1, "EURUSD", "1.20")], ("1.20", None)),
        ([(1, "EURUSD", "1.20"), (2, "EURUSD", "1.30")], ("1.20", None)),
    ],
    ids=["the latest", "an inverse of today beats what was quoted before", "and the other way round", "of one day as quoted", "not of tomorrow"],
)
def test_which_rate_is_in_force(delivered: list[tuple[int, str, str]], found: tuple[str, str | None]) -> None:
    """The same as where a ledger's foreign entry is compared with its event (event_ledger_side)."""
    with Session(Limits((), "100MB", 1)) as session:
        rows = [{"rate_date": DAYS[d], "from_currency": p[:3], "to_currency": p[3:], "rate": r} for d, p, r in delivered]
        session.rows("fx_rate", table("fx_rate"), rows)
        session.rule("ledgers", "rate_today", as_of_date=date.fromisoformat(DAYS[1]))
        (row,) = session.fetch("select rate, rate_before from rate_today where from_currency = 'EUR' and to_currency = 'USD'")
    assert (row["rate"], row["rate_before"]) == (D(found[0]), None if found[1] is None else D(found[1]))
