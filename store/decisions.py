"""Decisions about breaks as rows of the declared table `decision`: recorded as acts, read back by the day on which they take effect.

What a decision does to a break is a rule of the reconcilers; who may decide is policy.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from store.acts import Act, Acts, Draft

KIND = "decision"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about one break, from `effective_date` on. Differences are exact decimals as text; `evidence` is joined by `;`."""

    break_id: str
    action: str
    effective_date: date
    decided_by: str
    reason: str
    pair: str
    code: str
    business_key: str
    programme_id: str | None = None
    currency: str | None = None
    queue: str | None = None
    until: date | None = None
    approved_by: str | None = None
    evidence: str | None = None
    difference_points: str | None = None
    difference_amount: str | None = None
    row_hash: str | None = None


def record(acts: Acts, decisions: Sequence[Decision]) -> list[Act]:
    """Record decisions, all or none."""
    return acts.append([Draft(KIND, d.break_id, d.effective_date, d.decided_by, _body(d)) for d in decisions])


def _body(decision: Decision) -> dict[str, str]:
    plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(decision).items() if v is not None}
    return {k: v for k, v in plain.items() if k not in ("break_id", "effective_date", "decided_by")}


def table_rows(acts: Sequence[Act]) -> dict[date, list[dict[str, Any]]]:
    """Decisions by the business date on which they take effect, each as a row of the declared table `decision`."""
    found: dict[date, list[dict[str, Any]]] = {}
    for act in acts:
        found.setdefault(act.effective_date, []).append(_row(act))
    return found


def _row(act: Act) -> dict[str, Any]:
    row: dict[str, Any] = {
        **act.body, "decision_id": act.entry_hash[:24], "sequence": act.sequence, "decided_at": act.instant.isoformat(), "break_id": act.subject,
        "decided_by": act.person,
    }  # fmt: skip
    return row | {name: Decimal(row[name]) for name in ("difference_points", "difference_amount") if row.get(name) is not None}
