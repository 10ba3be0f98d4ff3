"""`tieout period show`: as signed, as known now, and the events between them, in figures that add up for whoever reads them."""

from decimal import Decimal
from pathlib import Path

from tests.spec.worked_books import HEAD, close, deliver_late, event, programme
from tieout.commands.period import show

D = Decimal


def test_what_came_late_adds_up_to_the_last_cent(tmp_path: Path) -> None:
    """Three late purchases that defer 4.274 each and a programme nobody had heard of by the month's end: what a reader adds up is what is shown."""
    settings = 'value_per_point = "0.05"\nurr_for_ssp = "0.8"'
    programmes = {n: programme(settings, head=HEAD.replace("example", n)) for n in ("old", "new")}
    own = {"programme_id": "old", "deferred_amount": "4.274", "reason": "as stated"}
    folder = tmp_path / "books"
    close(folder, programmes, [event("a", "2026-01-31", "accrual", 111, **own)])
    late = [event(f"l{n}", "2026-01-31", "accrual", 111, **own) for n in range(3)]
    late.append(event("n", "2026-01-31", "accrual", 50, programme_id="new", transaction_amount="50"))
    deliver_late(folder, "2026-02-01", late)
    shown = show(folder, "2026-01")
    found = {(f["programme_id"], f["measure"]): (f["signed_amount"], f["difference_amount"], f["known_amount"]) for f in shown.figures}
    assert found == {
        ("old", "face"): (D("5.55"), D("16.65"), D("22.2")), ("old", "deferred"): (D("4.27"), D("12.82"), D("17.09")),
        ("new", "face"): (0, D("2.5"), D("2.5")), ("new", "deferred"): (0, D("1.92"), D("1.92")),
    }  # fmt: skip
    assert [e["deferred_amount"] for e in shown.explained if e["programme_id"] == "old"] == [D("4.27"), D("4.28"), D("4.27")]


def test_what_came_late_to_points_given_free_is_told_in_their_cost(tmp_path: Path) -> None:
    """Cost owed is 0.30 x max(0, 80% of the units - those used): a bonus of 50 adds 12.00 and 10 units used take 3.00. A purchase owes no cost."""
    settings = 'value_per_point = "0.05"\nurr_for_ssp = "0.8"\nfree_points = "accrue_cost"\ncost_per_point = "0.3"'
    folder = tmp_path / "books"
    close(folder, programme(settings), [event("a", "2026-01-31", "accrual", 100, earn_class="bonus")])
    late = [event("l1", "2026-01-31", "accrual", 50, earn_class="bonus"), event("l2", "2026-01-31", "redemption", -10)]
    late.append(event("p", "2026-01-31", "accrual", 20, member_id="M2", transaction_amount="20"))
    deliver_late(folder, "2026-02-01", late)
    shown = show(folder, "2026-01")
    (cost,) = [f for f in shown.figures if f["measure"] == "cost"]
    assert (cost["signed_amount"], cost["difference_amount"], cost["known_amount"]) == (D(24), D(9), D(33))
    assert (cost["signed_points"], cost["difference_points"]) == (D(100), D(60))
    assert {e["event_id"]: e["cost_amount"] for e in shown.explained} == {"l1": D(12), "l2": D(-3), "p": 0}


def test_what_is_translated_is_not_told_event_by_event(tmp_path: Path) -> None:
    """A programme in euro of a company in dollars, reported in pounds: what came late moved both translations, by more than its own money says."""
    settings = 'currency = "EUR"\nvalue_per_point = "0.05"\nurr_for_ssp = "0.8"'
    folder = tmp_path / "books"
    rates = [{"rate_date": "2026-01-31", "from_currency": a, "to_currency": b, "rate": r} for a, b, r in (("EUR", "USD", "1.1"), ("USD", "GBP", "0.8"))]
    own = {"deferred_amount": "4", "reason": "as stated"}
    close(
        folder, programme(settings, head=HEAD.replace('currency = "USD"\n', "")), [event("a", "2026-01-31", "accrual", 100, **own)],
        company='functional_currency = "USD"\npresentation_currency = "GBP"', more={"fx_rate": rates},
    )  # fmt: skip
    deliver_late(folder, "2026-02-01", [event("l", "2026-01-31", "accrual", 50, **own)])
    found = {f["measure"]: (f["currency"], f["difference_points"], f["difference_amount"]) for f in show(folder, "2026-01").figures}
    assert found == {"face": ("EUR", 50, D("2.5")), "deferred": ("EUR", 50, D(4)), "functional": ("USD", 50, None), "presentation": ("GBP", 50, None)}
