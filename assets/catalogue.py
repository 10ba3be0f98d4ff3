"""What every asset says of itself: description, owner, kinds, column schema, control totals. Made from `core.schema`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import dagster as dg

from assets.steps import Outcome
from core.errors import Fault
from core.schema import TABLES, Table, Type
from core.version import code_version

P = ParamSpec("P")
T = TypeVar("T")

FINANCE, SUPPORT, SECURITY = "team:finance", "team:tech-support", "team:security"

BACKFILL = dg.BackfillPolicy.single_run()
"""One policy for the whole job: mixed policies silently fall back to a run per partition."""

_FIELD_TYPES = {Type.TEXT: "string", Type.DATE: "date", Type.INSTANT: "timestamp", Type.BOOL: "bool", Type.COUNT: "int"}


def in_words(step: Callable[P, Iterable[T]]) -> Callable[P, Iterator[T]]:
    """Have the run show what a fault says, in place of the stack trace of a program that failed."""

    @wraps(step)
    def run(*given: P.args, **named: P.kwargs) -> Iterator[T]:
        try:
            yield from step(*given, **named)
        except Fault as fault:
            said = {"where": fault.where, "why": fault.why, "next": fault.next_step}
            raise dg.Failure(fault.what, metadata={name: dg.MetadataValue.text(text) for name, text in said.items()}) from fault

    return run


def asset_name(table: str) -> str:
    """The asset of a table: its own name, except where that is a reserved word."""
    return "break_register" if table == "break" else table


def spec(name: str, group: str, owner: str, deps: Iterable[str] = (), partitions: dg.PartitionsDefinition[Any] | None = None) -> dg.AssetSpec:
    """The asset of a declared table."""
    declared = TABLES[name]
    return dg.AssetSpec(
        asset_name(name),
        description=f"{declared.meaning} Key: {', '.join(declared.key)}.",
        group_name=group,
        owners=[owner],
        kinds={"duckdb", "iceberg"},
        deps=[asset_name(d) for d in deps],
        code_version=code_version(),
        metadata={"dagster/column_schema": column_schema(declared)},
        partitions_def=partitions,
    )


def column_schema(declared: Table) -> dg.TableSchema:
    """Columns with type, meaning and whether they are part of the key."""
    head = [dg.TableColumn("business_date", "date", "day of the close"), dg.TableColumn("close_id", "string", "close that wrote the row")]
    body = [
        dg.TableColumn(
            c.name,
            _FIELD_TYPES.get(c.type, c.type.sql),
            c.meaning,
            dg.TableColumnConstraints(nullable=not c.required, other=[f"one of {', '.join(c.words)}"] if c.words else []),
            tags={"key": ""} if c.name in declared.key else None,
        )
        for c in declared.columns
    ]
    return dg.TableSchema([*head, *body])


def results(context: dg.AssetExecutionContext, names: Sequence[str], outcomes: Mapping[date, Outcome]) -> Iterable[dg.MaterializeResult[Any]]:
    """One result per table; each of its days shows its own rows and control totals."""
    for name in names:
        tell_days(context, asset_name(name), {day: _figures(o.totals[name]) for day, o in outcomes.items() if name in o.totals})
        yield dg.MaterializeResult(asset_key=asset_name(name))


def _figures(totals: Mapping[str, int | Decimal]) -> dict[str, Any]:
    """Rows, and sums over all currencies and programmes: they prove that nothing was lost on the way and are no amounts."""
    sums = {f"control_total/{k}": dg.MetadataValue.text(f"{v:,.4f}") for k, v in totals.items() if k != "rows"}
    return {"dagster/row_count": int(totals["rows"]), **sums}


def tell_days(context: dg.AssetExecutionContext, asset: str, told: Mapping[date, Mapping[str, Any]]) -> None:
    """Metadata of each day of an asset. A run of many days records a materialisation for each, and what a result itself says stands on all of them."""
    asked = frozenset(context.partition_keys)
    for day, metadata in told.items():
        if day.isoformat() in asked:
            context.add_asset_metadata(metadata, asset_key=asset, partition_key=day.isoformat())


def invariant_check(asset: str, name: str, description: str) -> dg.AssetCheckSpec:
    """A check on our own work: if it fails, nothing downstream runs and nothing is published."""
    return dg.AssetCheckSpec(name, asset=asset, description=description, blocking=True)


def judged(asset: str, name: str, outcomes: Mapping[date, Outcome]) -> dg.AssetCheckResult:
    """The verdict of an invariant over the days of the run; what does not hold is named."""
    broken = [f"{day}: {violation}" for day, outcome in outcomes.items() for violation in outcome.violations]
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"violations": len(broken), "first": "; ".join(broken[:5]) or "none"},
    )
