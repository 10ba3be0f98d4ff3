"""The pair event_ledger as the close compares it, against one join an analyst would write by hand on the same Parquet files in the same run.

python -m benchmarks.event_ledger [--rows N] [--history DAYS] [--memory 4GB] [--repeats 3] [--folder DIR]

`hand` brings lines and manifests together per event, joins, classifies, writes the breaks and the totals; `hand_kept` also writes what ours has to keep: which
event is carried by which entry, once per event and once per match. `ours` runs the pair's own rules and writes findings, matches, links and
dispositions as the close does. Every figure is a process of its own, start-up included.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

from benchmarks.ledger_made import DAY, NAMES, PROGRAMMES, make_day
from benchmarks.process import best, busy, measured, python
from core.match_rules import shipped_match_rules
from core.schema import INPUTS, PARAMETERS, table
from core.sql import Limits, Session
from reconcilers.event_ledger import compare

MADE = ("finding", "match", "ledger_link", "disposition")


def measure(folder: Path, rows: int, share: float = 0.005, memory: str = "4GB", repeats: int = 3, history: int = 0) -> Iterator[tuple[str, str]]:
    """(what, figures) as they are measured; `history` days of as many events stand in the books before the day."""
    files(folder, rows, share, history)
    costs = {}
    for kind in ("hand", "hand_kept", "ours"):
        command = python("-m", "benchmarks.event_ledger", "--run", kind, "--folder", folder, "--rows", str(rows), "--share", str(share), "--memory", memory,
                         "--history", str(history))  # fmt: skip
        costs[kind] = [measured(command) for _ in range(repeats)]
        yield f"{kind}, {rows:,} events, {share:.3%} planted, {history} days before, {memory}", str(best(costs[kind]))
    ours = costs["ours"]
    for kind in ("hand", "hand_kept"):
        other = costs[kind]
        yield f"  ours / {kind}, processor and wall", f"{best(ours).cpu / best(other).cpu:8.2f}{min(c.wall for c in ours) / min(c.wall for c in other):8.2f}"


def files(folder: Path, rows: int, share: float, history: int) -> dict[str, list[Path]]:
    """The Parquet files of each input, of the days before and of the day."""
    days = [make_day(folder, rows, share, day=DAY - timedelta(days=n), first=(history - n) * rows) for n in range(history, -1, -1)]
    return {name: [d[name] for d in days] for name in NAMES}


def hand(folder: Path, rows: int, share: float, memory: str, history: int, *, kept: bool = False) -> object:
    """What one would write by hand for one day's events: lines and members of batches per event, one join, classes, breaks, totals."""
    day = {name: paths[-1] for name, paths in files(folder, rows, share, history).items()}
    shown = ", any_value(ref) as ref" if kept else ""
    with duckdb.connect() as con:
        con.execute(f"set threads = 2; set memory_limit = '{memory}'; set temp_directory = '{folder / 'spill'}'; set preserve_insertion_order = false")
        con.execute(f"""
            create table side as
            with line as (
                select
                    event_id, batch_id, ledger_id || '/' || company_id || '/' || document_id || '/' || line_id as ref, -points as points,
                    -amount as amount, posting_date
                from '{day["ledger_line"]}' where starts_with(account, '2100-') and not is_tax_line
            ),
            batch as (
                select batch_id, min(ref) as ref, sum(amount) as amount, min(posting_date) as posting_date from line
                where event_id is null and batch_id is not null group by batch_id
            ),
            entry as (
                select event_id, ref, points, amount, posting_date from line where event_id is not null
                union all
                select m.event_id, b.ref, m.points, m.amount, b.posting_date from '{day["posting_manifest"]}' as m join batch as b using (batch_id)
            ),
            r as (
                select event_id, count(*) as n, sum(points) as points, sum(amount) as amount, min(posting_date) as posting_date{shown}
                from entry group by event_id
            ),
            l as (select event_id, kind, points, sign(points) * face_amount as amount, effective_date from '{day["loyalty_event"]}')
            select event_id, l.points as left_points, r.points as right_points, l.amount as left_amount, r.amount as right_amount{", ref" if kept else ""},
                case
                    when l.kind is null then 'MS-02'
                    when r.n is null then case when l.effective_date + 1 > date '{DAY}' then 'TM-01' when l.kind = 'redemption' then 'MS-01' else 'MS-03' end
                    when r.n > 1 and abs(r.points) > abs(l.points) then 'DU-01'
                    when r.posting_date not between l.effective_date and l.effective_date + 1 and month(r.posting_date) <> month(l.effective_date) then 'CL-02'
                    when l.points <> r.points then 'AM-01'
                    when abs(l.amount - r.amount) * 10000 > greatest(abs(l.amount), abs(r.amount)) then 'AM-02'
                    when l.amount <> r.amount then 'AM-03' else 'matched'
                end as code
            from l full join r using (event_id)""")
        con.execute(f"copy (from side where code <> 'matched') to '{folder / 'hand.parquet'}' (format parquet, compression zstd)")
        if kept:
            con.execute(f"""
                copy (select ref, string_agg(event_id, ';' order by event_id) as events, sum(left_points), sum(left_amount), sum(right_amount) from side
                where code in ('matched', 'AM-03') group by ref order by ref) to '{folder / "hand_match.parquet"}' (format parquet, compression zstd)""")
            links = "select event_id, ref from side where ref is not null order by event_id"
            con.execute(f"copy ({links}) to '{folder / 'hand_link.parquet'}' (format parquet, compression zstd)")
        return con.execute("select code, count(*), sum(left_amount), sum(right_amount) from side group by all order by all").fetchall()


def ours(folder: Path, rows: int, share: float, memory: str, history: int) -> object:
    """The close's own rules on a day, and its four results written as the close writes them."""
    with Session(Limits((folder,), memory, 2, folder / "spill")) as session:
        open_day(session, files(folder, rows, share, history))
        compare(session, DAY)
        for name in MADE:
            session.write(f"select * from event_ledger_{name}", table(name).key, folder, f"ours_{name}")
        return session.fetch("select code, count(*) as n, sum(left_amount) as a, sum(right_amount) as b from event_ledger_finding group by all order by all")


def open_day(session: Session, made: dict[str, list[Path]]) -> None:
    """Everything the pair reads: parameters, inputs, values; nothing was found on earlier days."""
    for declared in PARAMETERS:
        session.rows(declared.name, declared, _PARAMETERS.get(declared.name, []))
    for declared in INPUTS:
        session.view(declared.name, declared, made.get(declared.name, []))
    session.view("event_value", table("event_value"), made["event_value"][-1:])
    session.view("prior_event_value", table("event_value"), made["event_value"][:-1])
    session.empty("input_total", table("input_total"))
    for name in ("break", "match", "ledger_link"):
        session.empty(f"prior_{name}", table(name), prefix=("business_date",))
    session.rows("feed_status", table("feed_status"), [{"table": t.name, "is_delivered": True, "file_count": 1} for t in INPUTS])


_PARAMETERS: dict[str, list[dict[str, object]]] = {
    "programme": [
        {"programme_id": p, "name": p, "currency": "USD", "company_id": "C1", "timezone": "UTC", "tolerance": Decimal("0.0001"), "ledger_measure": "face",
         "value_places": 4, "value_mode": "half_up", "minor_unit": 2, "posting_days": 1}
        for p in PROGRAMMES
    ],
    "programme_account": [{"programme_id": p, "role": "liability", "account": f"2100-{p}"} for p in PROGRAMMES],
    "match_rule": [r.row() for r in shipped_match_rules()],
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.event_ledger", description="event_ledger against one hand-written join.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="events of the day (1000000)")
    parser.add_argument("--history", type=int, default=0, help="days of as many events before it (0)")
    parser.add_argument("--share", type=float, default=0.005, help="share of planted differences (0.005)")
    parser.add_argument("--memory", default="4GB", help="what each may hold (4GB)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each; the one that used the processor least counts (3)")
    parser.add_argument("--folder", type=Path, help="keep the files here; default: a temporary folder")
    parser.add_argument("--run", default="", help="run one side in this process and print what it found")
    asked = parser.parse_args()
    if asked.run:
        how = {"hand": hand, "ours": ours, "hand_kept": lambda *words: hand(*words, kept=True)}[asked.run]
        print(json.dumps(how(asked.folder, asked.rows, asked.share, asked.memory, asked.history), default=str))
        return
    with tempfile.TemporaryDirectory() as temporary:
        print(f"{'':76}{'wall s':>8}{'cpu s':>8}{'GiB':>8}")
        for what, figure in measure(asked.folder or Path(temporary), asked.rows, asked.share, asked.memory, asked.repeats, asked.history):
            print(f"{what:76}{figure}", flush=True)
        print(busy())


if __name__ == "__main__":
    main()
