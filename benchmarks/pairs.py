"""Every pair of the reconcile step and the register on one made day: processor seconds of each, and how they grow with the rows.

python -m benchmarks.pairs [ROWS ...]     rows are events of the day; half of the ledger's side are lines, half members of batches

Each event has an order that was paid; balances are the sums of the events, by member and by account, and one member in six is overdrawn; every redemption
has a tax entry and its tax line. One in 200 events is wrong in the ledger. Figures are of one process, without start-up, in the order of the day.
"""

import resource
import sys
import tempfile
from pathlib import Path

from benchmarks.event_ledger import files, open_day
from benchmarks.ledger_made import DAY
from core.kinds import BREAK_CODES
from core.policy import BreakWork, Periods
from core.schema import TABLES, Kind, table
from core.sql import Limits, Session
from reconcilers.reconcile import PAIRS, gather
from reconcilers.register import register


def measure(folder: Path, rows: int, memory: str = "4GB") -> dict[str, float]:
    """Processor seconds of each pair, of putting their results together and of the register, by name."""
    spent: dict[str, float] = {}
    with Session(Limits((folder,), memory, 2, folder / "spill")) as session:
        _open(session, folder, rows)
        before = _used()
        for pair, compare in PAIRS:
            compare(session, DAY)
            before = _note(spent, str(pair), before)
        gather(session, [pair for pair, _ in PAIRS])
        before = _note(spent, "gather", before)
        register(session, DAY)
        _note(spent, "register", before)
        spent["breaks"] = session.value('select count(*) from "break"')
    return spent


def _open(session: Session, folder: Path, rows: int) -> None:
    open_day(session, files(folder, rows, 0.005, 0))
    made = session.names()
    for name, declared in TABLES.items():
        if declared.kind in (Kind.INPUT, Kind.PARAMETER):
            continue
        for known in (name, f"prior_{name}"):
            if known not in made:
                session.empty(known, declared, prefix=("business_date",))
    session.rows("break_code", table("break_code"), [{"code": c.code, "queue": str(c.queue), "blocks_signoff": c.blocks_signoff} for c in BREAK_CODES.values()])
    allowed = {f"{severity}_days": days for severity, days in BreakWork().days_allowed.model_dump().items()}
    work = {"high_amount": BreakWork().high_amount, "critical_amount": BreakWork().critical_amount, "escalate_days": BreakWork().escalate_days}
    session.rows("break_work", table("break_work"), [{**work, **allowed, **Periods().model_dump()}])
    for name, (source, cells) in _MADE.items():
        shape = table("ledger_line" if name == "tax_line" else name)
        columns = ", ".join(f'cast({cells.get(c.name, "null")} as {c.type.sql}) as "{c.name}"' for c in shape.columns)
        session.statement(f"""create or replace table "{name}" as select date '{DAY}' as business_date, {columns} from {source}""")
    session.statement("create table every_line as from ledger_line union all by name from tax_line")
    session.statement("create or replace view ledger_line as from every_line")


_MEMBER = "(select programme_id, global_id, sum(points) as points from loyalty_event group by programme_id, global_id)"
_ACCOUNT = "(select programme_id, global_id, sum(points) as points from loyalty_event group by grouping sets ((programme_id, global_id), (programme_id)))"
_ENTERED = {"currency": "'USD'", "effective_date": "effective_date", "global_id": "global_id", "member_id": "member_id"}
_STATED = {"as_of_date": f"date '{DAY}'", "programme_id": "programme_id", "global_id": "global_id", "member_id": "global_id", "currency": "'USD'"}
_MADE: dict[str, tuple[str, dict[str, str]]] = {
    "payment": (
        "loyalty_event where points > 0",
        {**_ENTERED, "payment_id": "'P' || event_id", "order_id": "order_id", "kind": "'sale'", "occurred_at": "occurred_at", "amount": "face_amount * 10"},
    ),
    "loyalty_balance": (_MEMBER, {**_STATED, "points": "points", "amount": "points * 0.01"}),
    "ledger_balance": (
        _ACCOUNT,
        {**_STATED, "ledger_id": "'GL'", "company_id": "'C1'", "account": "'2100-' || programme_id", "points": "-points", "amount": "points * -0.01"},
    ),
    "tax_draft": (
        "loyalty_event where points < 0",
        {"tax_entry_id": "'T' || event_id", "event_id": "event_id", "redemption_event_id": "event_id", "lot_id": "'L' || event_id", "sequence": "1",
         "effective_date": "effective_date", "currency": "'USD'", "programme_id": "programme_id", "global_id": "global_id", "points": "-points",
         "jurisdiction": "'US-WA'", "tax_type": "'SALES'", "treatment": "'DISCOUNT_REDUCES_BASE'", "taxable_base": "face_amount",
         "tax_amount": "face_amount * 0.1", "rate": "0.1", "rule_id": "'r1'", "rule_version": "'1'"},
    ),
    "tax_line": (
        "loyalty_event where points < 0",
        {"ledger_id": "'GL'", "company_id": "'C1'", "document_id": "'T' || event_id", "line_id": "'1'", "posting_date": "effective_date", "account": "'2300'",
         "amount": "face_amount * -0.1", "currency": "'USD'", "programme_id": "programme_id", "event_id": "event_id", "tax_jurisdiction": "'US-WA'",
         "tax_base": "face_amount", "is_tax_line": "true", "effective_date": "effective_date"},
    ),
}  # fmt: skip


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _note(spent: dict[str, float], name: str, before: float) -> float:
    now = _used()
    spent[name] = now - before
    return now


def main(sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        found = [measure(Path(temporary), rows) for rows in sizes]
    print(f"{'':20}" + "".join(f"{rows:>14,}" for rows in sizes))
    for name in found[0]:
        print(f"{name:20}" + "".join(f"{spent[name]:14.2f}" for spent in found))
    print(f"{'GiB, greatest':20}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:14.2f}")


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [100_000, 1_000_000])
