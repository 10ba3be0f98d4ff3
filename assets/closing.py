"""Closing: publish what the day made, behind the checks; the close row is written last."""

import hashlib
import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from assets.catalogue import BACKFILL, FINANCE, SUPPORT, in_words, tell_days
from assets.controls import ControlWorker, count_violations
from assets.partitions import DAILY
from assets.progress import report
from assets.reporting import report_folder
from assets.resources import BooksResource
from assets.steps import UNPUBLISHED
from assets.workspace import INPUT_NAMES, DayPlan, Days, Workspace
from core.errors import IntegrityFault
from core.version import code_version
from store.certificates import withdraw_changed
from store.closes import Close, PinnedFile, Report, output_hash


@dg.multi_asset(
    name="publish",
    specs=[
        dg.AssetSpec(
            "close",
            description="One closed business day. Readers see it whole or not at all; its row is the last thing written.",
            group_name="close",
            owners=[FINANCE],
            kinds={"iceberg", "sqlite"},
            deps=["daily_report", "control_total"],
            partitions_def=DAILY,
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            "delivery_controls",
            asset="close",
            description="Great-expectations controls over what was delivered. They show and do not block: wrong data closes, and its breaks block sign-off.",
            blocking=False,
        )
    ],
    partitions_def=DAILY,
    backfill_policy=BACKFILL,
)
@in_words
def publish(context: dg.AssetExecutionContext, books: BooksResource) -> Iterable[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Publish the days of the run in one commit per table; judge the controls and archive the verdict."""
    workspace = books.workspace()
    days = Days.load(workspace)
    verdicts = judge_controls(workspace, days)
    closes = publish_days(workspace, days)
    workspace.release()
    extra = [c for c in closes if c.business_date.isoformat() not in context.partition_keys]
    for close in extra:
        context.log_event(
            dg.AssetMaterialization(
                "close", description="closed along with a later or earlier day", partition=close.business_date.isoformat(), metadata=_told(workspace, close)
            )
        )
    failed = {f"{day}.{control}": n for day, v in verdicts.items() for control, n in v["failed"].items()}
    tell_days(context, "close", {c.business_date: _told(workspace, c) for c in closes})
    yield dg.MaterializeResult(asset_key="close")
    yield dg.AssetCheckResult(
        asset_key="close",
        check_name="delivery_controls",
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"failed": dg.MetadataValue.json(failed), "judged_by": "great-expectations", "owner": SUPPORT},
    )


def _told(workspace: Workspace, close: Close) -> dict[str, Any]:
    report = workspace.reports / close.business_date.isoformat() / "daily.html"
    return {"close_id": close.close_id, "output_hash": close.output_hash, "report": dg.MetadataValue.path(str(report))}


def judge_controls(workspace: Workspace, days: Days) -> dict[date, dict[str, Any]]:
    """Count violations per day and have the suite judge them; the verdict is archived beside the lake."""
    frames = {}
    for plan in days.plans:
        report("controls", plan.business_date)
        with workspace.session() as session:
            for name in (*INPUT_NAMES, "control_total"):
                workspace.view_of_days(session, days, name, plan.business_date, plan.business_date)
            frames[plan.business_date] = count_violations(session)
    verdicts = ControlWorker.judge(frames)
    for plan in days.plans:
        workspace.archive_evidence(plan, verdicts[plan.business_date])
    return verdicts


def publish_days(workspace: Workspace, days: Days) -> list[Close]:
    """Record the days of the run. Raises IntegrityFault if the same input, code and configuration gave other bytes than before."""
    report("publish", days.plans[-1].business_date)
    started = datetime.now(tz=UTC)
    closes = [_close(workspace, days, plan, started) for plan in days.plans]
    current = workspace.store.closes()
    for close in closes:
        before = current.get(close.business_date)
        if before and (before.close_id, before.delivery_hash) == (close.close_id, close.delivery_hash) and before.output_hash != close.output_hash:
            raise IntegrityFault(
                f"closing {close.business_date} again gave other results",
                f"close {close.close_id}",
                "the same input, code and configuration must give the same bytes; one of the two closes is wrong",
                f"tieout verify {close.business_date}, then report this as a bug",
            )
    workspace.store.publish(closes, {c.business_date: report_folder(workspace, c.business_date) for c in closes})
    withdraw_changed(workspace.store.acts, workspace.store.closes(), workspace.books.config_hash)
    shutil.rmtree(workspace.staging, ignore_errors=True)
    return closes


def _close(workspace: Workspace, days: Days, plan: DayPlan, started: datetime) -> Close:
    made = days.made(plan.business_date)
    files = tuple(
        PinnedFile(name, str(w.path.relative_to(workspace.lake)), w.rows, w.sha256) for name, w in sorted(made.items()) if w.rows and name not in UNPUBLISHED
    )
    reports = tuple(
        Report(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
        for path in sorted(report_folder(workspace, plan.business_date).iterdir())
    )
    return Close(
        business_date=plan.business_date, close_id=plan.close_id, status="closed", started_at=started, code_version=code_version(),
        config_hash=workspace.books.config_hash, input_hash=plan.input_hash, output_hash=output_hash(files, reports), supersedes=plan.supersedes,
        delivery_hash=plan.delivery_hash, files=files, reports=reports,
    )  # fmt: skip
