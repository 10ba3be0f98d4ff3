"""Intake: what was delivered becomes rows of the books, or a named reason why not."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import dagster as dg

from assets.catalogue import BACKFILL, FINANCE, SUPPORT, in_words, results, spec
from assets.controls import ControlWorker
from assets.extraction import extract_days
from assets.partitions import DAILY
from assets.plan import plan_range
from assets.resources import BooksResource
from assets.steps import take_in
from assets.workspace import INPUT_NAMES

TABLES = (*INPUT_NAMES, "control_total")


@dg.multi_asset(
    name="intake",
    specs=[spec(n, "intake", SUPPORT if n == "control_total" else FINANCE, partitions=DAILY) for n in TABLES],
    partitions_def=DAILY,
    backfill_policy=BACKFILL,
)
@in_words
def intake(context: dg.AssetExecutionContext, books: BooksResource) -> Iterable[dg.MaterializeResult[Any]]:
    """Archive, parse, check and enter the files of the days to close; wrong data goes to quarantine and becomes breaks."""
    ControlWorker.start()
    workspace = books.workspace()
    workspace.hold(f"run {context.run.run_id}")
    first, last = (date.fromisoformat(k) for k in (context.partition_keys[0], context.partition_keys[-1]))
    extract_days(workspace, first, last, tell=context.log.info)
    planned = plan_range(workspace, first, last, again=True)
    context.log.info(f"closing {planned.days[0]} to {planned.days[-1]}")
    _, outcomes = take_in(workspace, planned)
    yield from results(context, TABLES, outcomes)
