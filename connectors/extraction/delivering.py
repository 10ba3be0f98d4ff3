"""Proven lines become a delivery: files of the inbox with their control files, which the day's intake takes like any other.

What belongs here: what is new against earlier extractions, and writing files. What does not: judging (`judging`), intake.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from connectors.extraction.vault import write_durably
from core.schema import table
from core.sql import Session, literal

KEPT = "delivered.parquet"


def deliver_lines(session: Session, inbox: Path, folder: Path, day: date, basis: str, earlier: Sequence[Path]) -> dict[str, int]:
    """Deliver the lines no earlier extraction delivered in the same words; count late and changed ones. Keeps what was read as `lines.parquet`."""
    session.rule("connectors", "extract_ledger_line", basis=basis)
    columns = ", ".join(f'"{c.name}"' for c in table("ledger_line").delivered)
    key = ", ".join(table("ledger_line").key)
    before = f"select * from read_parquet([{', '.join(literal(str(p)) for p in earlier)}])" if earlier else f"select {columns} from extract_ledger_line limit 0"
    session.statement(f"create or replace table earlier_line as select distinct {columns} from ({before})")
    session.statement(f"create or replace table new_line as select {columns} from extract_ledger_line except select {columns} from earlier_line")
    found = session.fetch(
        f"select count(*) as delivered, count(*) filter (where {_in(key, 'earlier_line')}) as changed, "
        f"count(*) filter (where posting_date < $day and {_not_in(key, 'earlier_line')}) as late from new_line",
        day=day.isoformat(),
    )[0]
    read = session.value("select count(*) from extract_ledger_line")
    _write(session, f"select * from line order by {key}", folder / "lines.parquet")
    _write(session, f"select {columns} from extract_ledger_line order by all", folder / KEPT)
    _deliver(session, f"select {columns} from new_line order by all", "new_line", inbox, "ledger_line", day)
    return {"read": int(read or 0), **{k: int(v) for k, v in found.items()}}


def deliver_balances(session: Session, inbox: Path, day: date) -> int:
    """Deliver the day's balances whole."""
    session.rule("connectors", "extract_ledger_balance")
    columns = ", ".join(f'"{c.name}"' for c in table("ledger_balance").delivered)
    _deliver(session, f"select {columns} from extract_ledger_balance order by all", "extract_ledger_balance", inbox, "ledger_balance", day)
    return int(session.value("select count(*) from extract_ledger_balance") or 0)


def _deliver(session: Session, select: str, rows: str, inbox: Path, name: str, day: date) -> None:
    """Control file first, then the data by one rename: a file that is there is announced."""
    inbox.mkdir(parents=True, exist_ok=True)
    target = inbox / f"{name}_{day.isoformat()}.parquet"
    temporary = inbox / f".{target.name}.{os.getpid()}.tmp"
    _write(session, select, temporary)
    facts = session.fetch(
        f"select count(*) as rows, coalesce(sum(cast(amount as decimal(38, 10))), 0)::varchar as amount, "
        f"coalesce(sum(cast(points as decimal(38, 10))), 0)::varchar as points from {rows}"
    )[0]
    with temporary.open("rb") as handle:
        os.fsync(handle.fileno())
    stated = {
        "rows": facts["rows"], "sums": {"amount": facts["amount"], "points": facts["points"]}, "sha256": hashlib.sha256(temporary.read_bytes()).hexdigest(),
    }  # fmt: skip
    write_durably(target.with_suffix(".control.json"), json.dumps(stated, sort_keys=True).encode())
    temporary.replace(target)


def _write(session: Session, select: str, path: Path) -> None:
    session.statement(f"copy ({select}) to {literal(str(path))} (format parquet, compression zstd)")


def _in(key: str, rows: str) -> str:
    return f"({key}) in (select ({key}) from {rows})"


def _not_in(key: str, rows: str) -> str:
    return f"({key}) not in (select ({key}) from {rows})"
