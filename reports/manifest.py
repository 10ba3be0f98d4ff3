"""manifest.json: what went into the day's reports and what came out, with hashes. Canonical JSON: sorted keys, no spaces that vary."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.schema import Type, table
from core.sql import Session
from reports.day import COUNTED, DayReport


def canonical(value: object) -> str:
    """JSON with sorted keys; decimals as quoted text, so that nothing is read back as a float."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1, default=_plain)


def _plain(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def manifest(session: Session, report: DayReport, files: Mapping[str, bytes]) -> bytes:
    """The manifest's bytes: inputs, row counts and control totals of every table, versions, and hashes of the other files."""
    facts = report.facts
    before = facts.previous_close
    body: dict[str, Any] = {
        "business_date": facts.business_date.isoformat(),
        "close_id": facts.close_id,
        "previous_close": {"business_date": before.business_date.isoformat(), "close_id": before.close_id} if before else None,
        "company": facts.company,
        "presentation_currency": facts.presentation_currency,
        "code_version": facts.code_version,
        "config_hash": facts.config_hash,
        "input_hash": facts.input_hash,
        "verdict": report.verdict,
        "inputs": report.controls,
        "tables": {name: _totals(session, name, report.row_counts[name]) for name in COUNTED},
        "files": {name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()},
    }
    return (canonical(body) + "\n").encode("utf-8")


def _totals(session: Session, name: str, rows: int) -> dict[str, Any]:
    """Row count and the sum of every money and points column: control totals over all currencies, not amounts."""
    summed = [c.name for c in table(name).columns if c.type in (Type.POINTS, Type.AMOUNT, Type.SUM)]
    if not summed or not rows:
        return {"rows": rows}
    sums = ", ".join(f'coalesce(sum("{c}"), 0)::decimal(38, 4) as "{c}"' for c in summed)
    return {"rows": rows, "sums": session.fetch(f'select {sums} from "{name}"')[0]}
