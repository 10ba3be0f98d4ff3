"""Ledgers: lots, valuation, journal, tax, and the tie-out of what is owed to the general ledger."""

from collections.abc import Iterable
from typing import Any

import dagster as dg

from assets.catalogue import BACKFILL, FINANCE, in_words, invariant_check, judged, results, spec, tell_days
from assets.partitions import DAILY
from assets.resources import BooksResource
from assets.steps import LOTS, SETTLEMENT, VALUATION, perform
from assets.workspace import Days

VALUED = ("roll_forward", "journal_line")
SETTLED = ("allocation", "tax_entry", "tie_out")


@dg.multi_asset(
    name="lots",
    specs=[spec("lot", "ledgers", FINANCE, ["loyalty_event"], DAILY)],
    check_specs=[invariant_check("lot", "units_conserved", "Units issued, taken and restored add up to the events of the day; no lot below zero.")],
    partitions_def=DAILY,
    backfill_policy=BACKFILL,
)
@in_words
def lots(context: dg.AssetExecutionContext, books: BooksResource) -> Iterable[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Attribute every unit that moved to the lot it came from."""
    workspace = books.workspace()
    outcomes = perform(LOTS, workspace, Days.load(workspace))
    tell_days(context, "lot", {day: {"movements": int(o.totals["lot_movement"]["rows"])} for day, o in outcomes.items()})
    yield dg.MaterializeResult(asset_key="lot")
    yield judged("lot", "units_conserved", outcomes)


@dg.multi_asset(
    name="valuation",
    specs=[spec(n, "ledgers", FINANCE, ["lot"], DAILY) for n in VALUED],
    check_specs=[
        invariant_check("roll_forward", "foots_and_balances", "Entries balance; the roll-forward foots, cross-foots and opens at yesterday's closing.")
    ],
    partitions_def=DAILY,
    backfill_policy=BACKFILL,
)
@in_words
def valuation(context: dg.AssetExecutionContext, books: BooksResource) -> Iterable[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Release deferred revenue per cohort, post the journal, assess tax."""
    workspace = books.workspace()
    outcomes = perform(VALUATION, workspace, Days.load(workspace))
    yield from results(context, VALUED, outcomes)
    yield judged("roll_forward", "foots_and_balances", outcomes)


@dg.multi_asset(
    name="settlement",
    specs=[spec(n, "ledgers", FINANCE, [*VALUED, "match", "break"], DAILY) for n in SETTLED],
    partitions_def=DAILY,
    backfill_policy=BACKFILL,
)
@in_words
def settlement(context: dg.AssetExecutionContext, books: BooksResource) -> Iterable[dg.MaterializeResult[Any]]:
    """Give each allocation its ledger and tax entries, or say which is missing; tie the sub-ledger to the control account."""
    workspace = books.workspace()
    yield from results(context, SETTLED, perform(SETTLEMENT, workspace, Days.load(workspace)))
