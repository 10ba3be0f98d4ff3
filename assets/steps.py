"""The steps of a day as plain functions: read, call a room, keep what it made. Dagster assets and tests call these alike.

Nothing here decides anything about points or money; order and names are those of docs/architecture.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from assets.plan import Range, chain, close_before, close_id, input_hash_before
from assets.progress import report
from assets.workspace import INPUT_NAMES, DayPlan, Days, Workspace
from connectors.files.intake import enter_day
from core.schema import TABLES, Type
from core.sql import Session, Written, nothing_written
from ledgers import attribution, journal, lots, settlement, tax, tie_out, valuation
from reconcilers import reconcile
from reconcilers.register import KNOWN
from store.periods import table_rows

INTAKE_EXTRA = ("delivery_finding", "input_total", "feed_status", "control_total", "quarantine")
CANONICAL = (*INPUT_NAMES, "delivery_finding", "input_total", "feed_status")


Totals = dict[str, dict[str, int | Decimal]]
"""By declared table: `rows`, and the sum of every points and amount column."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step made of a day: control totals by table and the invariants that do not hold (empty is good)."""

    totals: Totals
    violations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A call into a room: what it reads and makes by table name, the call, and its invariants."""

    name: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    run: Callable[[Session, date], None]
    invariants: Callable[[Session, date], list[str]]
    run_on_new_law: Callable[[Session, date], None] | None = None
    """Instead of `run` on the first day closed under another configuration than the day before it."""


def _value(session: Session, day: date, *, law_changed: bool = False) -> None:
    is_translated = valuation.value(session, day)
    tax.assess(session, day, law_changed=law_changed)
    journal.post(session, day, is_translated=is_translated)
    lots.lot_state(session, day)


def _value_invariants(session: Session, day: date) -> list[str]:
    return [*valuation.invariants(session, day), *tax.invariants(session, day)]


def _settle(session: Session, day: date) -> None:
    settlement.settle(session, day)
    tie_out.tie_out(session, day)


def _reconcile(session: Session, day: date) -> None:
    reconcile.reconcile(session, day, lambda pair: report(f"compares {pair}", day))


LOTS = Step(
    "lots",
    ("loyalty_event", "lot_trace", "prior_lot_schedule", "prior_lot_issue", "prior_lot_movement"),
    ("lot_issue", "lot_movement", "lot_schedule"),
    attribution.attribute,
    attribution.invariants,
)
VALUATION = Step(
    "valuation",
    (
        *("loyalty_event", "payment", "fx_rate", "ledger_balance", "lot_issue", "lot_movement", "lot_schedule"),
        *("prior_lot_schedule", "prior_lot_issue", "prior_lot_movement"),
        *("prior_cohort_state", "prior_roll_forward", "prior_tax_draft", "prior_allocation_draft", "prior_event_value"),
    ),
    (
        *("cohort_state", "cohort_movement", "allocation_draft", "event_value", "roll_forward", "journal_line", "journal_source"),
        *("urr_estimate", "tax_draft", "lot", "missing_account"),
    ),
    _value,
    _value_invariants,
    partial(_value, law_changed=True),
)
RECONCILIATION = Step(
    "reconciliation",
    (
        *INPUT_NAMES,
        *("delivery_finding", "input_total", "feed_status", "event_value", "prior_event_value", "journal_line", "roll_forward", "lot", "missing_account"),
        *("tax_draft", "prior_tax_draft", "prior_break", "prior_match", "prior_ledger_link", "prior_account_difference", "prior_roll_forward"),
        *("allocation_draft", "prior_allocation_draft"),
    ),
    ("finding", "match", "disposition", "ledger_link", "account_difference", "break"),
    _reconcile,
    reconcile.invariants,
)
SETTLEMENT = Step(
    "settlement",
    (
        *("loyalty_event", "ledger_line", "ledger_balance", "allocation_draft", "tax_draft", "ledger_link", "prior_ledger_link"),
        *("finding", "account_difference", "roll_forward"),
    ),
    ("allocation", "tax_entry", "tie_out"),
    _settle,
    lambda _session, _day: [],
)
UNPUBLISHED = frozenset({"lot"})
"""Made for the steps of the day, derived again when asked for: a day's close writes what moved."""


def take_in(workspace: Workspace, planned: Range) -> tuple[Days, dict[date, Outcome]]:
    """Enter every planned day's rows into the books and fix each day's close_id by the canonical input."""
    days = Days(workspace, [DayPlan(d, "", "", planned.fingerprints[d], _superseded(planned, d)) for d in planned.days])
    days.save()
    outcomes: dict[date, Outcome] = {}
    previous = input_hash_before(planned.closes, planned.days[0])
    builds_on = close_before(planned.closes, planned.days[0])
    for plan in days.plans:
        day = plan.business_date
        report("intake", day)
        with workspace.session() as session:
            before = date.fromordinal(day.toordinal() - 1)
            for name in INPUT_NAMES:
                workspace.view_of_days(session, days, name, date.min, before)
            workspace.view_of_days(session, days, "delivery_finding", date.min, before, "prior_delivery_finding")
            enter_day(session, day, planned.deliveries, workspace.books)
            people = {n: rows for n, rows in (("decision", planned.decisions.get(day)), ("closed_period", table_rows(planned.periods, day))) if rows}
            for name, rows in people.items():
                session.rows(name, TABLES[name], rows)
            sources = {n: f"entered_{n}" for n in INPUT_NAMES} | {n: n for n in (*INTAKE_EXTRA, *people)}
            totals = _totals(session, sources)
            previous = chain(previous, day, _contents(workspace, session, {n: sources[n] for n in (*CANONICAL, *people)}, totals))
            builds_on = close_id(day, previous, workspace.books.config_hash, builds_on)
            identified = DayPlan(day, builds_on, previous, plan.delivery_hash, plan.supersedes)
            days.replace(identified)
            written = _write(workspace, session, sources, totals, identified)
            outcomes[day] = Outcome({n: t for n, t in totals.items() if n not in people})
        days.record(day, "intake", written)
    days.save_plan()
    return days, outcomes


def perform(step: Step, workspace: Workspace, days: Days) -> dict[date, Outcome]:
    """Run one step for every day of the run, in order."""
    outcomes: dict[date, Outcome] = {}
    for plan in days.plans:
        day = plan.business_date
        report(step.name, day)
        with workspace.day_session(days, day, step.reads) as session:
            if step is RECONCILIATION:
                _show_acts(workspace, session, days, day)
            run = step.run_on_new_law if step.run_on_new_law and days.is_first_under_new_configuration(day) else step.run
            run(session, day)
            violations = tuple(step.invariants(session, day))
            sources = {n: n for n in step.makes}
            totals = _totals(session, sources)
            written = _write(workspace, session, sources, totals, plan)
            outcomes[day] = Outcome(totals, violations)
        days.record(day, step.name, written)
    return outcomes


def _show_acts(workspace: Workspace, session: Session, days: Days, day: date) -> None:
    """What people did that acts on the register of a day; nothing is shown where nobody did anything."""
    if days.files("decision", date.min, day):
        workspace.view_of_days(session, days, "decision", date.min, day, KNOWN)
    if days.files("closed_period", day, day):
        workspace.view_of_days(session, days, "closed_period", day, day)


def _superseded(planned: Range, day: date) -> str | None:
    return planned.closes[day].close_id if day in planned.closes else None


def _contents(workspace: Workspace, session: Session, sources: Mapping[str, str], totals: Totals) -> list[tuple[str, str]]:
    """Hash of the sorted rows of every table that makes up the canonical input of a day; tables without rows are left out."""
    scratch = workspace.staging / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    contents: list[tuple[str, str]] = []
    for name, source in sources.items():
        if totals[name]["rows"]:
            # in how many files the rows came is no content: the same rows in parts are the same input
            columns = "* exclude (file_count)" if name == "feed_status" else "*"
            written: Written = session.write(f'select {columns} from "{source}"', TABLES[name].key, scratch, name)
            written.path.unlink()
            contents.append((name, written.sha256))
    return contents


def _write(workspace: Workspace, session: Session, sources: Mapping[str, str], totals: Totals, plan: DayPlan) -> dict[str, Written]:
    """Write tables of the session into the lake, by declared name."""
    return {
        name: workspace.write(session, f'select * from "{source}"', name, plan) if totals[name]["rows"] else nothing_written(workspace.lake)
        for name, source in sources.items()
    }


def _totals(session: Session, sources: Mapping[str, str]) -> Totals:
    """Row count and the sum of every points and amount column, by declared table name; one statement for all."""
    measured = {name: [c.name for c in TABLES[name].columns if c.type in (Type.POINTS, Type.AMOUNT, Type.SUM)] for name in sources}
    selects = [
        f"select '{name}' as name, count(*) as rows, [{', '.join(_SUM.format(c) for c in measured[name])}]::decimal(38, 4)[] as sums from \"{source}\""
        for name, source in sources.items()
    ]
    rows = {r["name"]: r for r in session.fetch(" union all ".join(selects))}
    return {name: {"rows": rows[name]["rows"], **dict(zip(measured[name], rows[name]["sums"], strict=True))} for name in sources}


_SUM = 'coalesce(sum("{}"), 0)::decimal(38, 4)'
