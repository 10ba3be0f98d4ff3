"""discrepancies.xlsx: every named difference, by code and age, with both sides and room for a decision."""

from core.kinds import BREAK_CODES
from core.schema import Type, table
from core.sql import Session
from reports.book import Book
from reports.day import DayReport, meaning
from reports.front import Paper, book, declared, index, lead, provenance, readme, small, whole
from reports.sheet import Field
from reports.words import AGE_BUCKETS, QUEUES, plural

_BREAK_ORDER = ("reading_rank",)
_PRINTED = 26  # the columns a reviewer works with; ids, references and hashes stay on screen
DECISION_FIELDS = (
    Field("your_decision", Type.TEXT, "decision", 16, "yours: explain, accept, suppress, propose, approve, assign, note or withdraw"),
    Field("your_reason", Type.TEXT, "reason", 34, "yours: why"),
    Field("your_name", Type.TEXT, "decided by", 16, "yours: who"),
    Field("your_approver", Type.TEXT, "approved by", 16, "a second person, where policy asks for one"),
    Field("your_until", Type.TEXT, "until", 12, "suppress: last day it holds, YYYY-MM-DD"),
    Field("your_queue", Type.TEXT, "queue to", 14, "assign: finance, tech_support or security"),
    Field("your_evidence", Type.TEXT, "evidence", 24, "links, joined by ;"),
)
"""What a person fills in; `tieout decide --from` takes it, each row protected by its hash."""
_STANDING = (
    Field("decision", Type.TEXT, "standing decision", 16, "the decision that holds; empty: none"),
    Field("decided_by", Type.TEXT, "standing by", 16, "who decided it"),
    Field("decision_reason", Type.TEXT, "standing reason", 34, "why"),
)


def discrepancies_book(session: Session, report: DayReport) -> Book:
    """The workbook of the differences; `session` holds `report_break`, made by reports.day.load."""
    made = book(report, "Discrepancies")
    cover = lead(made, report, _paper(report))
    _summary(made, report)
    names = made.records(session, "Breaks", _fields(), _select("open"), _BREAK_ORDER, printed=_PRINTED)
    names += made.records(session, "Closed today", _fields(decide=False), _select("closed"), _BREAK_ORDER)
    names += made.records(session, "Expected", _fields(decide=False), _select("expected"), _BREAK_ORDER)
    names += whole(made, session, "Quarantine", "quarantine")
    names += whole(made, session, "Dispositions", "disposition")
    provenance(made, report)
    readme(made, (("Breaks", _fields()), ("Quarantine", declared("quarantine")), ("Dispositions", declared("disposition"))))
    index(made, cover, ["Summary", *names])
    return made


def _paper(report: DayReport) -> Paper:
    waiting = ", ".join(f"{b} of {QUEUES[q]}" for q, b in _by_queue(report)) or "none"
    return Paper(
        "Discrepancies", "To list every difference between the loyalty side and the books, so that each is worked and none is lost.",
        "The pairs of comparison of the close; rows set aside in quarantine; dispositions of every input row.",
        "Both sides are compared exactly in points and within the programme's tolerance in money; differences keep their id, first day and age"
        " until the cause goes away.",
        f"{plural(report.open_count, 'open break')}, {report.new_count} new today, {report.closed_count} closed today, {report.expected_count}"
        f" expected in transit. "
        f"By queue: {waiting}.",
        f"{plural(report.blocking_count, 'open break blocks', 'open breaks block') if report.blocking_count else 'No open break blocks'} the sign-off.",
    )  # fmt: skip


def _by_queue(report: DayReport) -> list[tuple[str, int]]:
    return [(q, n) for q in QUEUES if (n := sum(c["break_count"] for c in report.codes if c["queue"] == q))]


def _summary(made: Book, report: DayReport) -> None:
    rows = [
        {
            **c,
            "meaning": meaning(c["code"]),
            "blocks": "blocks sign-off" if c["blocking_count"] else "",
            "default": _queue(c["code"]) if not c["queue"] else c["queue"],
        }
        for c in report.codes
    ]
    columns = [
        ("code", "Code", "text"), ("meaning", "Meaning", "wrap"), ("currency", "Currency", "text"), ("break_count", "Open", "count"), ("new_count",
        "New today", "count"),
        ("reopened_count", "Reopened", "count"), ("blocking_count", "Block sign-off", "count"), ("net_amount", "Net money", "money"), ("gross_amount",
        "Gross money", "money"),
        ("net_points", "Net points", made.points), ("gross_points", "Gross points", made.points), ("oldest_first_seen", "Oldest since", "date"),
        ("oldest_age_days", "Oldest, days", "count"), ("default", "Queue", "text"), ("blocks", "Sign-off", "text"),
        *[(key, f"{words} days", "count") for words, key in AGE_BUCKETS],
    ]  # fmt: skip
    small(made, "Summary", columns, rows, widths=(8, 44, 9, 8, 8, 10, 9, 14, 14, 13, 13, 12, 9, 14, 15, *[8] * 7))


def _queue(code: str) -> str:
    known = BREAK_CODES.get(code)
    return str(known.queue) if known else ""


def _fields(*, decide: bool = True) -> list[Field]:
    """The break register's columns in reading order: what, how much, since when, why; then the decision and the row's hash."""
    declared_break = table("break")
    first = ("code", "business_key", "explanation")
    figures = ("left_points", "right_points", "difference_points", "left_amount", "right_amount", "difference_amount", "currency")
    state = ("queue", "status", "severity", "first_seen", "age_days", "due_date", "effective_age_days", "blocks_signoff")
    rest = ("pair", "programme_id", "global_id", "left_ref", "right_ref", "relative_difference", "effective_date", "break_id")
    fresh = Field("freshness", Type.TEXT, "new?", 10, "new today, reopened, or known since first_seen")
    made = {n: Field(n, declared_break[n].type, meaning=declared_break[n].meaning, wraps=n == "explanation") for n in (*first, *figures, *state, *rest)}
    row_hash = Field("row_hash", Type.TEXT, "row hash", 26, "first 24 hex digits of SHA-256 over the row as closed")
    decision = DECISION_FIELDS if decide else ()
    return [*(made[n] for n in first), fresh, *(made[n] for n in (*figures, *state)), *decision, *_STANDING, *(made[n] for n in rest), row_hash]


def row_hash_sql() -> str:
    """SQL for the hash of a row of `break`: it changes with any figure, date or word of the row."""
    hashed = " || '|' || ".join(f"coalesce(\"{c}\"::varchar, '')" for c in table("break").names)
    return f"sha({hashed})"


def _select(state: str) -> str:
    yours = ", ".join(f"''::varchar as {f.column}" for f in DECISION_FIELDS)
    return f"""select *, case when is_new then 'new' when is_reopened then 'reopened' else '' end as freshness, {yours}, {row_hash_sql()} as row_hash
        from report_break where state = '{state}'"""
