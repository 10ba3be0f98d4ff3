"""The pair member_balance as the close compares it, against the SQL an analyst would write by hand on the same Parquet files in the same run.

Ours makes every class, its sentence for every break, the summary of both sides and the dispositions; the hand-written SQL groups each side, joins them and
classifies. Both write their breaks as Parquet. `floor` is a bare scan with a hash of the key and the sum of the money.
"""

import json
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from benchmarks.balances_made import make_sides
from benchmarks.process import best, measured, python
from core.schema import INPUTS, PARAMETERS, table
from core.sql import Limits, Session
from reconcilers.balances import compare_member_balance

DAY = date(2026, 3, 10)
PROGRAMMES = [f"PRG{n}" for n in range(8)]


def measure(folder: Path, rows: int, share: float = 0.005, memory: str = "4GB", repeats: int = 3) -> Iterator[tuple[str, str]]:
    """(what, figures) as they are measured; every figure is a process of its own, start-up included."""
    make_tables(folder, rows, share)
    costs = {}
    for kind in ("floor", "hand", "ours"):
        costs[kind] = [measured(python("-m", "benchmarks.member_balance", kind, folder, str(rows), str(share), memory)) for _ in range(repeats)]
        yield f"{kind}, {rows:,} pairs, {share:.3%} planted, {memory}", str(best(costs[kind]))
    ours, hand, floor = (costs[k] for k in ("ours", "hand", "floor"))
    yield "  ours / hand-written, processor and wall", f"{best(ours).cpu / best(hand).cpu:8.2f}{min(c.wall for c in ours) / min(c.wall for c in hand):8.2f}"
    yield "  ours / bare scan, processor", f"{best(ours).cpu / best(floor).cpu:8.2f}"


def make_tables(folder: Path, rows: int, share: float) -> tuple[Path, Path]:
    """The two sides in the declared shape of loyalty_balance and ledger_balance."""
    made = tuple(folder / f"{name}_{rows}_{round(share * 1_000_000)}.parquet" for name in ("loyalty_balance", "ledger_balance"))
    if all(p.exists() for p in made):
        return made[0], made[1]
    left, right = make_sides(folder, rows, "parquet", share)
    day = f"date '{DAY}'"
    values = {
        "loyalty_balance": {"as_of_date": day, "programme_id": "programme", "member_id": "global_id", "global_id": "global_id", "points": "points",
                            "amount": "amount", "currency": "currency"},
        "ledger_balance": {"as_of_date": day, "ledger_id": "'GL'", "company_id": "'C1'", "account": "'2100-' || programme", "amount": "-amount",
                           "currency": "currency", "programme_id": "programme", "member_id": "global_id", "global_id": "global_id", "points": "-points"},
    }  # fmt: skip
    with duckdb.connect() as con:
        con.execute("set threads = 2; set preserve_insertion_order = false")
        for path, source, (name, cells) in zip(made, (left, right), values.items(), strict=True):
            columns = ", ".join(f'cast({cells.get(c.name, "null")} as {c.type.sql}) as "{c.name}"' for c in table(name).columns)
            # a platform lists each member once: duplicates on one side are a matter of intake (DQ-06), not of this pair
            once = f"(select distinct on (global_id, programme, currency) * from '{source}')"
            con.execute(f"copy (select {day} as business_date, {columns} from {once}) to '{path}' (format parquet, compression zstd)")
    return made[0], made[1]


def floor(folder: Path, rows: int, share: float, memory: str) -> object:
    """Reading both sides, and nothing else."""
    with _plain(folder, memory) as con:
        return [
            con.execute(f"select count(*), sum(amount), bit_xor(hash(programme_id, global_id, currency)) from '{p}'").fetchone()
            for p in make_tables(folder, rows, share)
        ]


def hand(folder: Path, rows: int, share: float, memory: str) -> object:
    """What one would write by hand: group each side, full join, classify, keep what differs, sum up."""
    loyalty, ledger = make_tables(folder, rows, share)
    with _plain(folder, memory) as con:
        con.execute(f"""
            create table side as
            with l as (
                select programme_id, global_id, currency, sum(points) as points, sum(amount) as amount, count(*) as n
                from '{loyalty}' where as_of_date = '{DAY}' group by all
            ),
            r as (
                select programme_id, global_id, currency, -sum(points) as points, -sum(amount) as amount, count(*) as n
                from '{ledger}' where as_of_date = '{DAY}' group by all
            )
            select programme_id, global_id, currency, l.points as left_points, r.points as right_points, l.amount as left_amount, r.amount as right_amount,
                case
                    when r.n is null then 'MS-06' when l.n is null then 'MS-07' when l.points <> r.points then 'AM-01'
                    when abs(l.amount - r.amount) * 10000 > greatest(abs(l.amount), abs(r.amount)) then 'AM-02'
                    when l.amount <> r.amount then 'AM-03' else 'agrees'
                end as code
            from l full join r using (programme_id, global_id, currency)""")
        con.execute(f"copy (from side where code <> 'agrees') to '{folder / 'hand.parquet'}' (format parquet, compression zstd)")
        return con.execute("select code, count(*), sum(left_amount), sum(right_amount) from side group by all order by all").fetchall()


def ours(folder: Path, rows: int, share: float, memory: str) -> object:
    """The close's own rule, its findings written as Parquet."""
    loyalty, ledger = make_tables(folder, rows, share)
    with Session(Limits((folder,), memory, 2, folder / "spill")) as session:
        _parameters(session)
        for declared in INPUTS:
            files = {"loyalty_balance": [loyalty], "ledger_balance": [ledger]}.get(declared.name, [])
            session.view(declared.name, declared, files)
        for name in ("lot", "input_total"):
            session.empty(name, table(name))
        for name in ("break", "match"):
            session.empty(f"prior_{name}", table(name), prefix=("business_date",))
        session.empty("event_ledger_finding", table("finding"))
        session.rows("feed_status", table("feed_status"), [{"table": t.name, "is_delivered": True, "file_count": 1} for t in INPUTS])
        compare_member_balance(session, DAY)
        session.write("select * from member_balance_finding", ("business_key", "code", "currency"), folder, "ours")
        return session.fetch("select code, count(*) as n, sum(left_amount) as a, sum(right_amount) as b from member_balance_finding group by all order by all")


def _plain(folder: Path, memory: str) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(f"set threads = 2; set memory_limit = '{memory}'; set temp_directory = '{folder / 'spill'}'; set preserve_insertion_order = false")
    return con


def _parameters(session: Session) -> None:
    rows = {
        "programme": [
            {"programme_id": p, "name": p, "currency": "USD", "company_id": "C1", "tolerance": Decimal("0.0001"), "ledger_measure": "face", "value_places": 4,
             "value_mode": "half_up", "posting_days": 1}
            for p in PROGRAMMES
        ],
        "programme_account": [{"programme_id": p, "role": "liability", "account": f"2100-{p}"} for p in PROGRAMMES],
    }  # fmt: skip
    for declared in PARAMETERS:
        session.rows(declared.name, declared, rows.get(declared.name, []))


if __name__ == "__main__":
    kind, where, size, planted, limit = sys.argv[1:6]
    done = {"floor": floor, "hand": hand, "ours": ours}[kind](Path(where), int(size), float(planted), limit)
    print(json.dumps(done, default=str))
