"""What people decide about breaks: it acts on queue and status from its business date on, ends when its reason ends, and never touches a difference."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.policy import BreakWork
from core.schema import table
from core.sql import Session
from reconcilers.decisions import Asked, objections, same_person, text_fault
from reconcilers.register import KNOWN, register
from tests.fold import Fold, books_rows, programme

D1, D2, D3, D4, D5 = (date(2026, 3, d) for d in range(1, 6))
FIGURES = ("difference_points", "difference_amount", "left_amount", "right_amount", "relative_difference", "blocks_signoff", "first_seen", "code")


class Days:
    """Days of one difference `e1`: found with an amount, or not found; and the decisions known so far."""

    def __init__(self) -> None:
        self.fold = Fold(books_rows(programme()))
        self.decisions: list[dict[str, Any]] = []

    def decide(self, on: date, action: str, *, amount: str = "1.00", by: str = "ann", **more: Any) -> None:
        row = {"business_date": on, "sequence": len(self.decisions) + 1, "break_id": self.break_id, "action": action, "decided_by": by, "reason": "because"}
        self.decisions.append({**row, "difference_points": Decimal(100), "difference_amount": Decimal(amount), **more})

    def close(self, day: date, *amounts: str, decided: bool = True, code: str = "MS-03") -> list[dict[str, Any]]:
        found = [
            {
                "pair": "event_ledger", "code": code, "programme_id": "p1", "business_key": "e1", "left_points": 100, "right_points": 0, "left_amount": amount,
                "right_amount": 0, "currency": "USD", "explanation": "missing",
            }
            for amount in amounts
        ]  # fmt: skip

        def step(session: Session, as_of_date: date) -> None:
            session.rows("finding", table("finding"), found)
            known = [d for d in self.decisions if d["business_date"] <= as_of_date]
            if known and decided:
                session.rows(KNOWN, table("decision"), known, prefix=("business_date",))
            register(session, as_of_date)

        rows: list[dict[str, Any]] = self.fold.day(day, (), (step,), look=lambda s: s.fetch('select * from "break" order by break_id'))
        if rows:
            self.break_id = rows[0]["break_id"]
        return rows


def seen(rows: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(r["status"], r["queue"]) for r in rows]


def test_an_assignment_moves_the_break_to_another_queue_and_stays_through_reopening() -> None:
    days = Days()
    assert seen(days.close(D1, "1.00")) == [("open", "finance")]
    days.decide(D2, "assigned", queue="security")
    assert seen(days.close(D2, "1.00")) == [("open", "security")]
    assert seen(days.close(D3)) == [("closed", "security")]
    assert seen(days.close(D4, "1.00")) == [("open", "security")]


def test_accepted_this_once_ends_with_the_break_and_with_the_difference_it_was_made_for() -> None:
    days = Days()
    days.close(D1, "1.00")
    days.decide(D2, "accepted")
    assert seen(days.close(D2, "1.00")) == [("accepted", "finance")]
    assert seen(days.close(D3, "7.00")) == [("open", "finance")]
    assert seen(days.close(D4)) == [("closed", "finance")]
    assert seen(days.close(D5, "1.00")) == [("open", "finance")]


@pytest.mark.parametrize("action", ["accepted", "approved"])
def test_accepted_this_once_is_not_accepted_again_when_the_old_difference_returns(action: str) -> None:
    days = Days()
    days.close(D1, "1.00")
    days.decide(D2, action)
    assert [seen(days.close(d, a))[0][0] for d, a in ((D2, "1.00"), (D3, "7.00"), (D4, "1.00"))] == [action, "open", "open"]
    days.decide(D5, action)
    assert seen(days.close(D5, "1.00")) == [(action, "finance")]


def test_suppressed_holds_up_to_its_day_whatever_comes_and_goes() -> None:
    days = Days()
    days.close(D1, "1.00")
    days.decide(D2, "suppressed", until=D4)
    assert [s for d, a in ((D2, ["1.00"]), (D3, []), (D4, ["5.00"]), (D5, ["5.00"])) for s, _ in seen(days.close(d, *a))] == [
        "suppressed", "closed", "suppressed", "open",
    ]  # fmt: skip


def test_explained_stays_while_the_difference_moves_and_the_last_decision_wins() -> None:
    days = Days()
    days.close(D1, "1.00")
    days.decide(D2, "explained")
    assert seen(days.close(D2, "1.00")) == [("explained", "finance")]
    assert seen(days.close(D3, "2.00")) == [("explained", "finance")]
    days.decide(D4, "withdrawn")
    assert seen(days.close(D4, "2.00")) == [("open", "finance")]


def test_a_note_changes_nothing_and_a_decision_of_tomorrow_does_not_act_today() -> None:
    days = Days()
    days.close(D1, "1.00")
    days.decide(D2, "noted")
    days.decide(D3, "accepted")
    assert seen(days.close(D2, "1.00")) == [("open", "finance")]
    assert seen(days.close(D3, "1.00")) == [("accepted", "finance")]


@pytest.mark.parametrize("action", ["explained", "proposed", "approved", "accepted", "suppressed", "withdrawn", "assigned", "noted"])
def test_no_decision_changes_a_figure(action: str) -> None:
    with_it, without = Days(), Days()
    for days in (with_it, without):
        days.close(D1, "1.00")
        days.decide(D2, action, queue="security", until=D5)
    (decided,), (plain,) = with_it.close(D2, "1.00"), without.close(D2, "1.00", decided=False)
    assert [decided[f] for f in FIGURES] == [plain[f] for f in FIGURES]


def test_in_transit_stays_expected() -> None:
    days = Days()
    days.close(D1, "1.00", code="TM-01")
    days.decide(D2, "accepted")
    assert seen(days.close(D2, "1.00", code="TM-01")) == [("expected", "tech_support")]


def test_urgency_follows_money_code_and_age_and_ages_run_from_both_dates() -> None:
    def severity(amount: str, code: str) -> str:
        return str(Days().close(D1, amount, code=code)[0]["severity"])

    assert [severity(a, c) for a, c in (("1", "AM-03"), ("1", "MS-03"), ("1", "RV-02"), ("1000", "AM-03"), ("10000", "AM-03"))] == [
        "low", "medium", "high", "high", "critical",
    ]  # fmt: skip
    days = Days()
    (new,) = days.close(D1, "1", code="MS-03")
    (old,) = days.close(date(2026, 4, 2), "1", code="MS-03")
    assert (new["severity"], new["due_date"], old["severity"], old["due_date"]) == ("medium", date(2026, 3, 6), "high", date(2026, 3, 4))
    assert (old["age_days"], old["effective_age_days"]) == (32, 32)


def test_ageing_from_the_effective_date_of_a_late_event() -> None:
    from tests.reconcilers.event_ledger.ledger_books import LedgerBooks

    books = LedgerBooks(windows={"posting_days": 2})
    books.event("e1", "100", D1, late=D3)
    first, second = (books.close(d)["break"] for d in (D3, D4))
    assert [(r["code"], r["effective_date"], r["age_days"], r["effective_age_days"]) for r in first] == [("MS-03", D1, 0, 2)]
    assert [(r["code"], r["effective_date"], r["age_days"], r["effective_age_days"]) for r in second] == [("MS-03", D1, 1, 3)]


# ------------------------------------------------------------------------------------------------------------ who may decide what
OPEN = {"status": "open", "difference_amount": Decimal("250.00")}


def asked(action: str, **more: Any) -> Asked:
    return Asked(**{"action": action, "decided_by": "Ann", "reason": "see ticket 12", "effective_date": D1, **more})


@pytest.mark.parametrize(
    ("what", "policy", "says"),
    [
        (asked("explained"), {}, ""),
        (asked("accepted"), {}, ""),
        (asked("accepted"), {"second_person": ("accepted", "suppressed")}, "a second person has to approve"),
        (asked("accepted", approved_by="ann "), {"second_person": ("accepted", "suppressed")}, "cannot approve what"),
        (asked("accepted", approved_by="Bob"), {"second_person": ("accepted", "suppressed"), "approvers": ("Cid",)}, "not one of the approvers"),
        (asked("accepted", approved_by="Bob"), {"second_person": ("accepted", "suppressed"), "approvers": ("bob",)}, ""),
        (asked("accepted"), {"second_person_from": "250"}, "at 250.00 a second person"),
        (asked("accepted"), {"second_person_from": "250.01"}, ""),
        (asked("suppressed", until=D4), {}, "a second person"),
        (asked("suppressed", approved_by="Bob"), {}, "needs a last day"),
        (asked("suppressed", approved_by="Bob", until=D4), {}, ""),
        (asked("assigned"), {}, "needs a queue"),
        (asked("assigned", queue="finance"), {}, ""),
        (asked("explained", queue="finance"), {}, "belongs to assigned"),
        (asked("explained", reason=" "), {}, "the reason is empty"),
        (asked("explained", decided_by=""), {}, "who decides is empty"),
        (asked("forgotten"), {}, "is no decision"),
        (asked("noted", reason='=HYPERLINK("http://x")'), {}, "begins with ="),
        (asked("noted", decided_by="@SUM(1)"), {}, "begins with @"),
        (asked("noted", reason="a\u202eb"), {}, "cannot be seen"),
        (asked("noted", reason="x" * 2001), {}, "longer than 2000"),
    ],
)
def test_who_may_decide(what: Asked, policy: dict[str, Any], says: str) -> None:
    found = "; ".join(objections(what, OPEN, (), BreakWork.model_validate(policy)))
    assert (says in found) if says else not found


@pytest.mark.parametrize("second", ["zo\u00eb ruiz", "Zoe\u0308 Ruiz", " Zo\u00eb   RUIZ", "\uff3ao\u00eb Ruiz"])
def test_another_way_to_store_a_name_makes_no_second_person(second: str) -> None:
    assert same_person("Zo\u00eb Ruiz", second)
    assert not same_person("Zoe Ruiz", second)


def test_what_is_proposed_is_approved_by_another() -> None:
    work = BreakWork()
    proposed = [{"action": "proposed", "decided_by": "Ann"}]
    assert objections(asked("approved"), OPEN, (), work) == ["nothing is proposed that could be approved"]
    assert objections(asked("approved"), OPEN, proposed, work) == ["Ann cannot approve what Ann prepared"]
    assert objections(asked("approved", decided_by="Bob"), OPEN, proposed, work) == []
    assert objections(asked("approved", decided_by="Bob"), OPEN, [*proposed, {"action": "withdrawn", "decided_by": "Ann"}], work)


def test_a_closed_break_can_be_noted_but_not_decided() -> None:
    gone = {"status": "closed", "difference_amount": Decimal(1)}
    assert objections(asked("accepted"), gone, (), BreakWork()) == [
        "the break has closed; nothing is left to decide but for an unsigned day on which it was open (--date)"
    ]
    assert objections(asked("noted"), gone, (), BreakWork()) == []


def test_suppression_without_a_second_person_is_no_policy() -> None:
    with pytest.raises(ValueError, match="second_person must name suppressed"):
        BreakWork.model_validate({"second_person": ("accepted",)})


def test_plain_words_are_no_formulas() -> None:
    assert [text_fault(t) for t in ("", "paid = twice", "ok - see note")] == ["", "", ""]
