"""The rule trail of a break: every pass of its pair's ladder, why it did not settle the key, and the nearest candidates with the fields that differ.

Read from published tables and the books' rule files. What does not belong here: matching anything, and how the trail looks on a screen.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.kinds import BREAK_CODES
from core.match_macros import day_macros
from core.match_rules import MatchRules
from core.sql import Session

CANDIDATES = 5
_REF = "l.ledger_id || '/' || l.company_id || '/' || l.document_id || '/' || l.line_id"
_LOOSE = """not coalesce(l.is_tax_line, false) and coalesce(l.event_id, '') not in (select event_id from loyalty_event)
    and coalesce(l.batch_id, '') not in (select batch_id from posting_manifest)"""
Row = dict[str, Any]


def trail(session: Session, standing: Row, match_rules: Sequence[MatchRules], posting_days: Mapping[str, int] | None = None) -> list[str]:
    """Each pass in the order it is tried, one sentence each, then the code; the version of the rule file first. `posting_days`: of each programme."""
    chosen = next((r for r in match_rules if str(r.pair) == standing["pair"]), None)
    if chosen is None:
        return [f"{standing['pair']}: no rules are matched here; {standing['explanation']}", _classified(standing)]
    stated = f"rules {chosen.rules.version} of match_rules/{chosen.pair}.toml ({chosen.rule_version})"
    if standing["pair"] == "event_ledger":
        is_line = not session.value("select exists (select 1 from loyalty_event where event_id = $key)", key=standing["business_key"])
        window = (posting_days or {}).get(standing["programme_id"], 0) if not is_line else 0
        steps = list(_of_line(session, standing, chosen.rules) if is_line else _of_event(session, standing, chosen.rules, window))
    else:
        steps = list(_of_key(session, standing))
    return [stated, *steps, _classified(standing)]


def _classified(standing: Row) -> str:
    return f"classified {standing['code']}: {BREAK_CODES[standing['code']].meaning}"


def _of_key(session: Session, standing: Row) -> Iterator[str]:
    """Pairs that compare by one key, and money within a limit."""
    key, pair = standing["business_key"], standing["pair"]
    sides = {"left": standing["left_ref"], "right": standing["right_ref"]}
    present = " and ".join(f"{side} has {len(ref.split(';'))} row{'s' if ';' in ref else ''}" if ref else f"{side} has none" for side, ref in sides.items())
    yield f"exact_id: compared by {key}: {present}"
    if pair == "redemption_tax":
        lines = session.value(
            """select count(*) from ledger_line as l join loyalty_event as e on e.order_id = l.order_id and e.event_id = $key
            where l.is_tax_line and nullif(l.event_id, '') is null""",
            key=key,
        )
        yield f"group_sum: {lines} tax lines name only its order"
    yield _money(standing)


def _money(standing: Row) -> str:
    if not standing["left_amount"] and not standing["right_amount"]:
        return "tolerance: no money on either side to compare"
    apart = f", {(standing['relative_difference'] * 100).normalize():f}%" if standing["relative_difference"] is not None else ""
    return f"tolerance: {standing['left_amount']} against {standing['right_amount']} {standing['currency']}, difference {standing['difference_amount']}{apart}"


def _of_event(session: Session, standing: Row, rules: Any, window: int) -> Iterator[str]:
    """Why nothing, or not the right thing, carries an event."""
    key = standing["business_key"]
    (event,) = session.fetch("select * from loyalty_event where event_id = $key", key=key)
    own = session.fetch(
        f"select {_REF} as ref, l.account, l.amount from ledger_line as l where l.event_id = $key and not coalesce(l.is_tax_line, false)", key=key
    )
    yield "exact_id: " + (
        f"{len(own)} ledger lines name {key}: " + ", ".join(f"{r['ref']} on {r['account']}" for r in own) if own else f"no ledger line names {key}"
    )
    batches = session.fetch(
        """select m.batch_id, m.points, m.amount, count(l.line_id) as line_count
        from posting_manifest as m left join ledger_line as l on l.batch_id = m.batch_id
        where m.event_id = $key group by all order by all""",
        key=key,
    )
    yield "manifest: " + (
        "; ".join(f"batch {b['batch_id']} states {b['points']} and {b['amount']}, {b['line_count']} lines carry it" for b in batches) or "in no batch"
    )
    loose = session.fetch(
        f"""select {_REF} as ref, l.points, l.amount, l.posting_date, l.order_id from ledger_line as l where l.global_id = $member and {_LOOSE}
        order by l.posting_date, ref""",
        member=event["global_id"],
    )
    fitting = [r for r in loose if _fits(r, event)]
    yield f"composite: {len(loose)} lines of the member name neither event nor batch" + (f"; {len(fitting)} of them fit in units or money" if loose else "")
    reversed_lines = session.value("select count(*) from ledger_line where event_id = $key and coalesce(reverses_document_id, '') <> ''", key=key)
    yield f"reversal: {reversed_lines} of its lines reverse a document"
    for group in rules.group_sum:
        has_no_order = "order" in group.keys and not event["order_id"]
        yield f"group_sum {group.id}: by {', '.join(group.keys)}: {'its order is empty' if has_no_order else 'no equal sum in its window'}"
    yield _money(standing)
    yield _date_lag(session, event, rules, window, loose)
    yield "suggestion: sums are searched from a line, never confirmed; see the lines of the member"


def _date_lag(session: Session, event: Row, rules: Any, window: int, loose: Sequence[Row]) -> str:
    """The days on which a line of the event could be posted, by the calendar of the rule file, and how many lines lie outside them."""
    session.statement("\n".join(day_macros(rules)))
    (days,) = session.fetch("select earliest_on($day) as first, latest_on($day, $window) as last", day=event["effective_date"], window=window)
    early = len([r for r in loose if r["posting_date"] < days["first"]])
    late = len([r for r in loose if r["posting_date"] > days["last"]])
    lag = f"{window} days to post and {rules.date_lag.later_days} beyond, in {rules.date_lag.calendar.replace('_', ' ')}"
    return f"date_lag: posted from {days['first']} to {days['last']} ({lag}); {late} of those lines are later, {early} earlier"


def _fits(line: Row, event: Row) -> bool:
    return bool(line["points"] == -event["points"] if line["points"] is not None else abs(line["amount"]) == abs(event["face_amount"]))


def _of_line(session: Session, standing: Row, rules: Any) -> Iterator[str]:
    """Why a line found no event."""
    found = session.fetch(f"select l.* from ledger_line as l where {_REF} = $key", key=standing["business_key"])
    if not found:
        yield f"the account is compared as a whole: {standing['explanation']}"
        return
    line = found[0]
    yield "exact_id: " + (f"names event {line['event_id']}, which loyalty does not know" if line["event_id"] else "names no event")
    stated = session.value("select count(*) from posting_manifest where batch_id = $batch", batch=line["batch_id"])
    yield "manifest: " + (f"batch {line['batch_id']} has {stated} members" if line["batch_id"] else "is no batch")
    if line["event_id"] or stated:
        return
    nothing = "no event of the member fits" if line["member_id"] else "names no member"
    yield f"composite: {'candidates ' + standing['left_ref'] if standing['left_ref'] else nothing}"
    yield f"reversal: {'reverses ' + line['reverses_document_id'] if line['reverses_document_id'] else 'reverses nothing'}"
    for group in rules.group_sum:
        missing = [k for k in group.keys if (k == "member" and not line["member_id"]) or (k == "order" and not line["order_id"])]
        yield f"group_sum {group.id}: by {', '.join(group.keys)}: " + (f"the line has no {missing[0]}" if missing else "no equal sum in its window")
    yield "tolerance: nothing to compare"
    yield f"date_lag: up to {rules.date_lag.later_days} days beyond the window ({rules.date_lag.calendar})"
    yield f"suggestion: up to {rules.suggestion.max_items} events of the member; {'not searched' if standing['code'] == 'AB-02' else 'searched'}"


def nearest_candidates(session: Session, standing: Row) -> list[Row]:
    """What looks nearest on the other side and is not taken: the fields that differ and how far the id is off; never matched by themselves."""
    if standing["pair"] != "event_ledger":
        return []
    key = standing["business_key"]
    rows = session.fetch(_LINES_OF_EVENT, key=key) or session.fetch(_EVENTS_OF_LINE, key=key)
    return [{k: v for k, v in r.items() if v is not None and not (k == "id_distance" and v > Decimal(3))} for r in rows[:CANDIDATES]]


_LINES_OF_EVENT = f"""
    with wanted as (select * from loyalty_event where event_id = $key)
    select {_REF} as ref, l.posting_date, l.account, l.amount, l.points, nullif(l.event_id, '') as event_id, nullif(l.order_id, '') as order_id,
        levenshtein(l.event_id, w.event_id) as id_distance,
        concat_ws(', ',
            case when l.order_id is not distinct from w.order_id and w.order_id <> '' then null else 'order' end,
            case when l.global_id is not distinct from w.global_id then null else 'member' end,
            case when abs(l.amount) = w.face_amount then null else 'amount' end,
            case when l.points is null or -l.points = w.points then null else 'points' end,
            case when l.posting_date = w.effective_date then null else 'date' end) as differs_in
    from ledger_line as l cross join wanted as w
    join programme as p on p.programme_id = w.programme_id
    where l.company_id = p.company_id and {_LOOSE} and abs(date_diff('day', l.posting_date, w.effective_date)) <= 7 and sign(l.amount) = -sign(w.points)
    order by coalesce(levenshtein(l.event_id, w.event_id) <= 2, false) desc, (l.order_id is not distinct from w.order_id and w.order_id <> '') desc,
        (l.global_id is not distinct from w.global_id) desc, abs(abs(l.amount) - w.face_amount), ref limit 20"""

_EVENTS_OF_LINE = f"""
    with wanted as (select l.*, {_REF} as ref from ledger_line as l where {_REF} = $key)
    select e.event_id, e.kind, e.points, e.face_amount, e.effective_date, nullif(e.order_id, '') as order_id,
        levenshtein(w.event_id, e.event_id) as id_distance,
        concat_ws(', ',
            case when w.order_id is not distinct from e.order_id and e.order_id <> '' then null else 'order' end,
            case when w.global_id is not distinct from e.global_id then null else 'member' end,
            case when abs(w.amount) = e.face_amount then null else 'amount' end,
            case when w.points is null or -w.points = e.points then null else 'points' end,
            case when w.posting_date = e.effective_date then null else 'date' end) as differs_in
    from loyalty_event as e cross join wanted as w
    join programme as p on p.programme_id = e.programme_id
    where w.company_id = p.company_id and abs(date_diff('day', w.posting_date, e.effective_date)) <= 7 and sign(w.amount) = -sign(e.points)
        and e.event_id not in (select event_id from ledger_line where event_id is not null)
        and e.event_id not in (select event_id from posting_manifest)
    order by coalesce(levenshtein(w.event_id, e.event_id) <= 2, false) desc, (w.global_id is not distinct from e.global_id) desc,
        abs(abs(w.amount) - e.face_amount), e.event_id limit 20"""
