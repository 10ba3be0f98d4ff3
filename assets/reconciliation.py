"""Reconciliation: compare every pair of sides, name every difference, keep the register of breaks."""

from collections.abc import Iterable
from typing import Any

import dagster as dg

from assets.catalogue import BACKFILL, SUPPORT, in_words, invariant_check, judged, results, spec
from assets.intake import TABLES as DELIVERED
from assets.ledgers import VALUED
from assets.partitions import DAILY
from assets.resources import BooksResource
from assets.steps import RECONCILIATION, perform
from assets.workspace import Days

COMPARED = ("match", "break")


@dg.multi_asset(
    name="reconciliation",
    specs=[spec(n, "reconciliation", SUPPORT, [*DELIVERED, *VALUED], DAILY) for n in COMPARED],
    check_specs=[invariant_check("match", "rows_conserved", "Every input row ends in one disposition; no row is in two confirmed matches.")],
    partitions_def=DAILY,
    backfill_policy=BACKFILL,
)
@in_words
def reconciliation(context: dg.AssetExecutionContext, books: BooksResource) -> Iterable[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Compare the pairs of the contract and carry the register forward."""
    workspace = books.workspace()
    outcomes = perform(RECONCILIATION, workspace, Days.load(workspace))
    yield from results(context, COMPARED, outcomes)
    yield judged("match", "rows_conserved", outcomes)
