"""Reports: what people open in the morning, as bytes in staging; publishing puts them in place."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from assets.catalogue import BACKFILL, FINANCE, asset_name, in_words, tell_days
from assets.ledgers import SETTLED
from assets.partitions import DAILY
from assets.progress import report
from assets.reconciliation import COMPARED
from assets.resources import BooksResource
from assets.workspace import DayPlan, Days, Workspace
from core.policy import Books
from ledgers.lots import enter_refs
from reports.facts import PreviousClose, ProgrammeFacts, ReportFacts
from reports.pack import render

READS = (
    *("break", "match", "disposition", "allocation", "tax_entry", "tax_draft", "journal_line", "journal_source", "roll_forward", "tie_out"),
    *("urr_estimate", "control_total", "quarantine", "prior_break", "prior_roll_forward", "cohort_movement", "prior_cohort_movement"),
)
LOT_READS = ("ledger_link", "prior_ledger_link")


@dg.multi_asset(
    name="reporting",
    specs=[
        dg.AssetSpec(
            "daily_report",
            description="The liability and discrepancy workbooks, the auditor's ledger export, the morning page, the digest and the manifest of a day.",
            group_name="reports",
            owners=[FINANCE],
            kinds={"excel", "html"},
            deps=[asset_name(t) for t in (*SETTLED, *COMPARED)],
            partitions_def=DAILY,
        )
    ],
    partitions_def=DAILY,
    backfill_policy=BACKFILL,
)
@in_words
def reporting(context: dg.AssetExecutionContext, books: BooksResource) -> Iterable[dg.MaterializeResult[Any]]:
    """Render the six files of every day of the run."""
    workspace = books.workspace()
    sizes = render_days(workspace, Days.load(workspace))
    tell_days(context, "daily_report", {day: {n: dg.MetadataValue.path(str(workspace.reports / day.isoformat() / n)) for n in s} for day, s in sizes.items()})
    yield dg.MaterializeResult(asset_key="daily_report")


def render_days(workspace: Workspace, days: Days) -> Mapping[date, Mapping[str, int]]:
    """Write each day's report files to staging; returns their sizes."""
    sizes: dict[date, dict[str, int]] = {}
    previous = _previous(workspace, days)
    for plan in days.plans:
        report("reports", plan.business_date)
        with workspace.day_session(days, plan.business_date, (*READS, *LOT_READS)) as session:
            workspace.view_of_days(session, days, "lot", plan.business_date, plan.business_date, "lot_valued")
            enter_refs(session, plan.business_date)
            files = render(session, facts(workspace.books, plan, previous))
        folder = report_folder(workspace, plan.business_date)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        sizes[plan.business_date] = {name: len(content) for name, content in files.items()}
        previous = PreviousClose(plan.business_date, plan.close_id)
    return sizes


def report_folder(workspace: Workspace, day: date) -> Path:
    """Where the reports of a day wait to be published."""
    return workspace.staging / day.isoformat() / "reports"


def facts(books: Books, plan: DayPlan, previous: PreviousClose | None) -> ReportFacts:
    """What the reports say about the close itself."""
    from core.version import code_version

    company = books.file.company
    return ReportFacts(
        business_date=plan.business_date,
        close_id=plan.close_id,
        code_version=code_version(),
        config_hash=books.config_hash,
        input_hash=plan.input_hash,
        company=company.name or ", ".join(sorted({p.company_id for p in books.programmes})),
        presentation_currency=company.presentation_currency or company.functional_currency,
        programmes=tuple(ProgrammeFacts(p.id, p.name, p.points_name, p.currency) for p in books.programmes),
        previous_close=previous,
        certification=books.file.certification,
        is_period_end=company.calendar.is_end(plan.business_date),
        period_first=company.calendar.period_of(plan.business_date).first,
    )


def _previous(workspace: Workspace, days: Days) -> PreviousClose | None:
    earlier = {d: c for d, c in workspace.store.closes().items() if d < days.first}
    return PreviousClose(max(earlier), earlier[max(earlier)].close_id) if earlier else None
