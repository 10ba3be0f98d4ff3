"""The later passes of event_ledger's ladder: lines that name neither an event nor a batch, against events nothing carries yet.

composite and date_lag (one line, one event), group_sum (equal sums under a declared key), suggestion (sums of several events of the member, searched
within bounds). A day that leaves nothing over pays one question. What does not belong here: the exact passes, and the verdict on what was matched.
"""

from typing import Any

from core.match_rules import EventLedgerRules, GroupSum
from core.sql import Session
from reconcilers.pair import ROOM

_NOTHING = """
create or replace table event_ledger_candidate
    (ref varchar, event_id varchar, ledger_id varchar, rung varchar, is_settled boolean, events_of_line bigint, lines_of_event bigint, candidates varchar[]);
create or replace table event_ledger_grouped
    (unit varchar, outcome varchar, event_id varchar, ledger_id varchar, refs varchar[], first_ref varchar, has_points boolean);
create or replace table event_ledger_partner (event_id varchar);
create or replace table event_ledger_suggestion (ref varchar, is_searched boolean, item_count bigint, subset_count bigint, candidates varchar[]);
"""


def find_loose(session: Session, rules: EventLedgerRules) -> bool:
    """Make `event_ledger_loose`, and `event_ledger_partner` of the events those lines could be; whether there is anything to climb for.

    A group without member could take lines of anybody, so that all loose lines have to be looked at.
    """
    all_members = any("member" not in g.keys for g in rules.group_sum)
    session.rule(ROOM, "event_ledger_loose", all_members=all_members)
    session.statement(_NOTHING)
    found: bool = session.value("select exists (select 1 from event_ledger_loose)")
    if found:
        session.rule(ROOM, "event_ledger_partner", all_members=all_members)
    return found


def climb(session: Session, rules: EventLedgerRules) -> None:
    """Make `event_ledger_candidate`, `event_ledger_grouped` and `event_ledger_suggestion` from what the exact passes left; each pass sees what is left.

    What was matched on an earlier day holds before anything else is tried.
    """
    session.rule(ROOM, "event_ledger_absent")
    session.rule(ROOM, "event_ledger_standing")
    _add(session, "grouped", "group_standing", rule_ids=[g.id for g in rules.group_sum if g.outcome == "confirm"])
    session.rule(ROOM, "event_ledger_pairing", order_required=rules.composite.order == "required")
    _add(session, "candidate", "composite")
    for group in rules.group_sum:
        _add_group(session, group)
    _add(session, "candidate", "date_lag")
    if _is_left(session):
        session.rule(ROOM, "event_ledger_suggestion", max_items=rules.suggestion.max_items, max_lines=rules.suggestion.max_lines)


def _add(session: Session, table: str, rule: str, **parameters: object) -> None:
    session.rule(ROOM, f"event_ledger_{rule}", **parameters)
    session.statement(f"insert into event_ledger_{table} from event_ledger_{rule}")


def _add_group(session: Session, group: GroupSum) -> None:
    chosen: dict[str, Any] = {f"by_{k}": k in group.keys for k in ("member", "order", "date")}
    _add(session, "grouped", "group", rule_id=group.id, outcome=group.outcome, **chosen)


def _is_left(session: Session) -> bool:
    """Whether a line of a known member found nothing at all."""
    left: bool = session.value(
        """select exists (
            select 1 from event_ledger_loose as l where l.global_id is not null and l.ref not in (select ref from event_ledger_candidate)
                and l.ref not in (select unnest(refs) from event_ledger_grouped where outcome = 'confirm'))"""
    )
    return left
