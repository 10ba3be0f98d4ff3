"""order_event over random days: against a plain-Python oracle, looking only at what can have changed, and whatever the order of rows."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconcilers import orders
from tests.fold import programme
from tests.reconcilers.balances.pair_day import PairDay

START = date(2026, 3, 1)
POSTING_DAYS = 1
ORDER = st.sampled_from(["o1", "o2"])
STEP = st.one_of(
    st.tuples(st.just("pay"), ORDER, st.sampled_from(["sale", "sale", "refund", "partial_refund", "chargeback"]), st.sampled_from(["9.00", "3.00", "1.00"])),
    st.tuples(st.just("earn"), ORDER, st.sampled_from(["90", "30.5"]), st.sampled_from(["9.00", "3.00", None])),
    st.tuples(st.just("use"), ORDER, st.sampled_from(["-20"]), st.none()),
    st.tuples(st.just("undo"), st.integers(0, 9), st.sampled_from(["1", "0.3333", "0.5"]), st.none()),
)
DAYS = st.lists(st.lists(STEP, max_size=5), min_size=1, max_size=4)
Rows = list[dict[str, Any]]


def history(days: Sequence[Sequence[tuple[Any, ...]]]) -> tuple[Rows, Rows]:
    """Payments and events; an undo takes back a share of the n-th accrual or redemption so far."""
    payments: Rows = []
    events: Rows = []
    for n, steps in enumerate(days):
        for verb, what, first, second in steps:
            entered = {"business_date": START + timedelta(days=n)}
            if verb == "pay":
                payments.append({"payment_id": f"P{len(payments)}", "order_id": what, "kind": first, "amount": Decimal(second), **entered})
            elif verb == "undo":
                originals = [e for e in events if e["kind"] != "reversal"]
                if originals:
                    original = originals[what % len(originals)]
                    taken = {
                        "kind": "reversal",
                        "points": -(original["points"] * Decimal(first)).quantize(Decimal("0.0001")),
                        "reverses_event_id": original["event_id"],
                    }
                    events.append({"event_id": f"E{len(events)}", "order_id": original["order_id"], "money": None, **taken, **entered})
            else:
                kind = "accrual" if verb == "earn" else "redemption"
                money = None if second is None else Decimal(second)
                events.append(
                    {
                        "event_id": f"E{len(events)}",
                        "order_id": what,
                        "kind": kind,
                        "points": Decimal(first),
                        "money": money,
                        "reverses_event_id": None,
                        **entered,
                    }
                )
    return payments, events


def oracle(payments: Rows, events: Rows, on: date) -> dict[str, str]:
    found = {}
    for order in ("o1", "o2"):
        known = [[r for r in rows if r["order_id"] == order and r["business_date"] <= on] for rows in (payments, events)]
        code = verdict(*known, on)
        if code:
            found[order] = code
    return found


def verdict(payments: Rows, events: Rows, on: date) -> str | None:
    undone = {
        e["event_id"]: -sum((r["points"] for r in events if r["reverses_event_id"] == e["event_id"]), Decimal(0)) for e in events if e["kind"] != "reversal"
    }
    originals = [e for e in events if e["kind"] != "reversal"]
    gone = {e["event_id"] for e in originals if abs(undone[e["event_id"]]) >= abs(e["points"])}
    groups: dict[Any, Rows] = {}
    for e in originals:
        earn_class = ("bonus" if e["money"] is None else "purchase") if e["kind"] == "accrual" else ""
        groups.setdefault((e["kind"], e["points"], earn_class), []).append(e)
    corrected, copies = set(), set()
    for group in groups.values():
        standing = [e for e in group if e["event_id"] not in gone]
        if len(standing) > 1:
            return "DU-02"
        if len(group) > 1 and standing:
            corrected |= {e["event_id"] for e in group if e["event_id"] in gone}
        ordered = sorted(group, key=lambda e: (e["event_id"] in gone, e["event_id"]))
        copies |= {e["event_id"] for e in ordered[1:]}
    sales = [p for p in payments if p["kind"] == "sale"]
    refunds = [p for p in payments if p["kind"] != "sale"]
    accruals = [e for e in originals if e["kind"] == "accrual"]
    if not sales and any(e["money"] is not None and e["event_id"] not in gone for e in accruals):
        return "FR-01"
    kept = [e for e in accruals if e["event_id"] not in corrected]
    earned = sum((e["points"] for e in kept), Decimal(0))
    back = sum((undone[e["event_id"]] for e in kept), Decimal(0))
    if any(abs(undone[e["event_id"]]) > abs(e["points"]) for e in originals) or (earned > 0 and back > earned):
        return "RV-02"
    sold, refunded = (sum((p["amount"] for p in rows), Decimal(0)) for rows in (sales, refunds))
    due = [p for p in refunds if p["business_date"] + timedelta(days=POSTING_DAYS) <= on]
    if sold and originals:
        if due and back < min(bounds(kept, due, sold)):
            return "RV-01"
        if refunded > sold:
            return "RV-03"
        if refunds and back > max(bounds(kept, refunds, sold)):
            return "AM-01"
    elif refunded and any(e["kind"] == "redemption" for e in originals):
        return "RV-03"
    told = [e["money"] for e in accruals if e["money"] is not None and e["event_id"] not in copies]
    return "AM-08" if sales and told and sum(told) != sold else None


def bounds(kept: Rows, refunds: Rows, sold: Decimal) -> list[Decimal]:
    def share(points: Decimal, money: Decimal) -> Decimal:
        return (points * money / sold).quantize(Decimal("0.0001"), ROUND_HALF_UP)

    earned = sum((e["points"] for e in kept), Decimal(0))
    money = min(sum((p["amount"] for p in refunds), Decimal(0)), sold)
    by_accrual = sum((share(e["points"], money) for e in kept), Decimal(0))
    return [share(earned, money), by_accrual, min(sum((share(earned, p["amount"]) for p in refunds), Decimal(0)), earned)]


def run(days: Sequence[Sequence[tuple[Any, ...]]], *, everything: bool, backwards: bool = False) -> list[dict[str, str]]:
    """The codes of every day, each day seeing what was open the day before."""
    payments, events = history(days)
    results: list[dict[str, str]] = []
    for n in range(len(days) + POSTING_DAYS + 1):
        day = PairDay(START + timedelta(days=n), programmes=[programme(windows={"posting_days": POSTING_DAYS})])
        for p in reversed(payments) if backwards else payments:
            if p["business_date"] <= day.on:
                day.pay(**p)
        for e in reversed(events) if backwards else events:
            if e["business_date"] <= day.on:
                more = {k: e[k] for k in ("order_id", "reverses_event_id", "business_date")}
                day.event(e["event_id"], e["points"], e["kind"], transaction_amount=e["money"], **more)
        if results:
            open_before = {"pair": "order_event", "status": "open", "business_date": day.on - timedelta(days=1)}
            day.put("prior_break", *({**open_before, "business_key": k, "code": c} for k, c in results[-1].items()))
        results.append(day.findings(lambda s, d: orders.compare(s, d, everything=everything), "order_event", orders.INPUTS))
    return results


@settings(max_examples=20, deadline=None)
@given(DAYS)
def test_every_day_agrees_with_the_oracle(days: list[list[tuple[Any, ...]]]) -> None:
    payments, events = history(days)
    found = run(days, everything=False)
    assert found == [oracle(payments, events, START + timedelta(days=n)) for n in range(len(found))]


@settings(max_examples=8, deadline=None)
@given(DAYS)
def test_looking_at_everything_or_in_another_order_of_rows_finds_the_same(days: list[list[tuple[Any, ...]]]) -> None:
    assert run(days, everything=False) == run(days, everything=True, backwards=True)
