"""Open lots: at the start of a day (for attribution), at its close (the state `lot`), and at a month end (the schedule).

A lot's open units are those of the last month-end schedule plus every movement since, so a day costs what moved since the
month end and never the history. What does not belong here: who takes which lot (attribution), what a lot is worth (valuation).
"""

from datetime import date

from core.schema import Table, table
from core.sql import Session, rule_text

ROOM = "ledgers"
_HISTORY = ("lot_schedule", "lot_issue", "lot_movement")


def open_lots(session: Session, as_of_date: date) -> None:
    """Make `opening_lot`: lots and arrears open at the start of the day, of the members who have events that day.

    Reads loyalty_event, programme and the prior_ tables of lot_schedule, lot_issue and lot_movement. Columns of lot_schedule
    and is_arrears; arrears are rows `ARREARS/<event_id>` with negative remaining_points. Points have 4 places, deferral 12.
    """
    _know(session, as_of_date, with_today=False)
    session.rule(ROOM, "lot_scope", as_of_date=as_of_date)
    session.rule(ROOM, "lot_position")
    session.rule(ROOM, "opening_lot")


def month_end_schedule(session: Session, as_of_date: date) -> None:
    """Make `lot_schedule`: every lot and arrears open at the close, from the last schedule and all movements up to today's."""
    _position_of_all(session, as_of_date)
    session.declared_rule(ROOM, "lot_schedule")


def lot_state(session: Session, as_of_date: date) -> None:
    """Make `lot` for the close of the day: lots and arrears that are open or moved today (used up: remaining 0).

    Reads what `open_lots` reads, today's lot_issue and lot_movement, cohort_state of the day (absent: nothing is owed) and
    ledger_link with its prior rows (absent: ledger_ref is empty). Amounts have 4 places and add up to the cohort's.
    """
    names = session.names()
    _position_of_all(session, as_of_date)
    _view(session, "known_cohort_state", table("cohort_state"), [n for n in ("cohort_state",) if n in names], as_of_date)
    _view(session, "known_ledger_link", table("ledger_link"), [n for n in ("prior_ledger_link", "ledger_link") if n in names], as_of_date)
    session.rule(ROOM, "lot_entry")
    session.rule(ROOM, "lot_cohort_owed")
    session.declared_rule(ROOM, "lot", as_of_date=as_of_date)


def enter_refs(session: Session, as_of_date: date) -> None:
    """Make `lot` from `lot_valued`, the lots as `lot_state` made them before the day was reconciled: now their ledger entries are known.

    Reads ledger_link of the day and its prior rows.
    """
    _view(session, "known_ledger_link", table("ledger_link"), ["prior_ledger_link", "ledger_link"], as_of_date)
    session.rule(ROOM, "lot_entry")
    session.rule(ROOM, "lot_settled")
    session.statement("create or replace view lot as from lot_settled")


def _position_of_all(session: Session, as_of_date: date) -> None:
    _know(session, as_of_date, with_today=True)
    session.statement(f"create or replace table lot_scope as\n{rule_text(ROOM, 'lot_scope_all')}")
    session.rule(ROOM, "lot_position")


def _know(session: Session, as_of_date: date, *, with_today: bool) -> None:
    """Name what is known of lots: closes before today, and today's own rows where a state at the close is asked for."""
    for name in _HISTORY:
        today = [name] if with_today and name != "lot_schedule" else []
        _view(session, f"known_{name}", table(name), [f"prior_{name}", *today], as_of_date)


def _view(session: Session, view: str, declared: Table, sources: list[str], as_of_date: date) -> None:
    """One view over the rows of earlier days and, under its own name, of today; no source: a table without rows."""
    if not sources:
        session.empty(view, declared, prefix=("business_date",))
        return
    columns = ", ".join(f'"{c}"' for c in declared.names)
    today = f"date '{as_of_date.isoformat()}'"
    parts = [
        f"select business_date, {columns} from {s} where business_date < {today}" if s.startswith("prior_") else f"select {today}, {columns} from {s}"
        for s in sources
    ]
    session.statement(f"create or replace view {view} as\n" + "\nunion all\n".join(parts))
