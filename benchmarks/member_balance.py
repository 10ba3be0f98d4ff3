"""The pair member_balance as the close compares it, against the SQL an analyst would write by hand on the same Parquet files in the same run.

Ours makes every class, the finding of every break with its sentence, and the dispositions of all rows. `hand` groups each side, joins them, classifies, sums up
and writes keys, points, amounts and class of what differs; `same` writes the very columns of our findings, in their order. `scan` reads what a
comparison has to read, and nothing else.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from benchmarks.member_sides import DAY, PROGRAMMES, make_sides
from benchmarks.process import Cost, best, measured, python
from core.match_rules import shipped_match_rules
from core.schema import INPUTS, PARAMETERS, table
from core.sql import Limits, Session
from reconcilers.member_balance import compare_member_balance


def measure(folder: Path, rows: int, share: float = 0.005, memory: str = "4GB", repeats: int = 3, peers: str = "") -> Iterator[tuple[str, str]]:
    """(what, figures) as they are measured; every figure is a process of its own, start-up included. `peers`: an interpreter that has them."""
    sides = make_sides(folder, rows, share)
    costs: dict[str, list[Cost]] = {}
    for kind in ("scan", "hand", "same", "ours"):
        command = python("-m", "benchmarks.member_balance", kind, folder, str(rows), str(share), memory)
        costs[kind] = [measured(command) for _ in range(repeats)]
        yield f"{kind}, {rows:,} pairs, {share:.3%} planted, {memory}", str(best(costs[kind]))
    for kind in ("hand", "same", "scan"):
        cpu, wall = (min(getattr(c, of) for c in costs["ours"]) / min(getattr(c, of) for c in costs[kind]) for of in ("cpu", "wall"))
        yield f"  ours / {kind}: wall, processor", f"{wall:8.2f}{cpu:8.2f}"
    for kind in ("datacompy_polars", "datacompy_pandas", "pandas") if peers else ():
        theirs = best([measured([peers, Path(__file__).with_name("member_peers.py"), kind, *sides]) for _ in range(repeats)])
        yield kind, str(theirs)
        yield f"  {kind} / ours, processor", f"{theirs.cpu / best(costs['ours']).cpu:16.2f}"


def scan(con: duckdb.DuckDBPyConnection, loyalty: Path, ledger: Path, _: Path) -> object:
    """Reading the keys, points and money of both sides."""
    seen = "select count(*), sum(points), sum(amount), bit_xor(hash(programme_id, global_id, currency))"
    return [con.execute(f"{seen} from '{path}' where as_of_date = '{DAY}'").fetchone() for path in (loyalty, ledger)]


def hand(con: duckdb.DuckDBPyConnection, loyalty: Path, ledger: Path, written: Path) -> object:
    """Group each side, full join, classify, keep what differs, sum up."""
    _compare(con, loyalty, ledger)
    con.execute(f"copy (from side where code <> 'agrees') to '{written}' (format parquet, compression zstd)")
    return _summary(con)


def same(con: duckdb.DuckDBPyConnection, loyalty: Path, ledger: Path, written: Path) -> object:
    """The same, written as the close writes it: business key, references and a sentence, in the order of the table."""
    _compare(con, loyalty, ledger)
    con.execute(f"""
        copy (
            select
                'member_balance' as pair, code, programme_id, global_id, programme_id || '/' || global_id as business_key,
                case when left_amount is not null then programme_id || '/' || global_id end as left_ref,
                case when right_amount is not null then 'GL/C1/2100-' || programme_id || '/' || global_id end as right_ref,
                coalesce(left_points, 0) as left_points, coalesce(right_points, 0) as right_points, coalesce(left_amount, 0) as left_amount,
                coalesce(right_amount, 0) as right_amount, currency,
                'Member ' || global_id || ' of ' || programme_id || ': ' || case code
                    when 'MS-06' then 'loyalty owes ' || left_amount || ' ' || currency || ' (' || left_points || ' points), ledger GL has no balance.'
                    when 'MS-07' then 'ledger GL owes ' || right_amount || ' ' || currency || ', loyalty has no balance.'
                    when 'AM-01' then 'loyalty has ' || left_points || ' points, ledger GL ' || right_points || '.'
                    else 'ledger GL is ' || abs(left_amount - right_amount) || ' ' || currency
                        || if(right_amount > left_amount, ' higher', ' lower') || ' than loyalty.'
                end as explanation
            from side
            where code <> 'agrees'
            order by business_key, code, currency
        ) to '{written}' (format parquet, compression zstd)""")
    return _summary(con)


def ours(folder: Path, loyalty: Path, ledger: Path, memory: str) -> object:
    """The close's own pair, its findings written as Parquet."""
    with Session(Limits((folder,), memory, 2, folder / "spill")) as session:
        _parameters(session)
        for declared in INPUTS:
            session.view(declared.name, declared, {"loyalty_balance": [loyalty], "ledger_balance": [ledger]}.get(declared.name, []))
        for name in ("lot", "input_total"):
            session.empty(name, table(name))
        session.empty("prior_break", table("break"), prefix=("business_date",))
        session.empty("event_ledger_finding", table("finding"))
        session.rule("reconcilers", "event_ledger_transit_standing")
        session.statement("create view event_ledger_in_transit as from event_ledger_transit_standing")
        session.rows("feed_status", table("feed_status"), [{"table": t.name, "is_delivered": True, "file_count": 1} for t in INPUTS])
        compare_member_balance(session, date.fromisoformat(DAY))
        session.write("select * from member_balance_finding", ("business_key", "code", "currency"), folder, "ours")
        ended = "select side, disposition, reason, sum(row_count), sum(points), sum(amount) from member_balance_disposition group by all order by all"
        return [
            session.fetch("select code, count(*) as n, sum(left_amount) as a, sum(right_amount) as b from member_balance_finding group by all order by all"),
            session.fetch(ended),
        ]


def _compare(con: duckdb.DuckDBPyConnection, loyalty: Path, ledger: Path) -> None:
    con.execute(f"""
        create table side as
        with l as (
            select programme_id, global_id, currency, sum(points) as points, sum(amount) as amount
            from '{loyalty}' where as_of_date = '{DAY}' group by all
        ),
        r as (
            select programme_id, global_id, currency, -sum(points) as points, -sum(amount) as amount
            from '{ledger}' where as_of_date = '{DAY}' group by all
        )
        select programme_id, global_id, currency, l.points as left_points, r.points as right_points, l.amount as left_amount, r.amount as right_amount,
            case
                when r.amount is null then 'MS-06' when l.amount is null then 'MS-07' when l.points <> r.points then 'AM-01'
                when abs(l.amount - r.amount) * 10000 > greatest(abs(l.amount), abs(r.amount)) then 'AM-02'
                when l.amount <> r.amount then 'AM-03' else 'agrees'
            end as code
        from l full join r using (programme_id, global_id, currency)""")


def _summary(con: duckdb.DuckDBPyConnection) -> object:
    return con.execute("select code, count(*), sum(left_amount), sum(right_amount) from side group by all order by all").fetchall()


def _parameters(session: Session) -> None:
    rows: Mapping[str, list[dict[str, object]]] = {
        "programme": [
            {"programme_id": p, "name": p, "currency": "USD", "company_id": "C1", "tolerance": Decimal("0.0001"), "ledger_measure": "face", "value_places": 4,
             "value_mode": "half_up", "posting_days": 1}
            for p in PROGRAMMES
        ],
        "programme_account": [{"programme_id": p, "role": "liability", "account": f"2100-{p}"} for p in PROGRAMMES],
        "match_rule": [r.row() for r in shipped_match_rules()],
    }  # fmt: skip
    for declared in PARAMETERS:
        session.rows(declared.name, declared, rows.get(declared.name, []))


def _run(kind: str, folder: Path, rows: int, share: float, memory: str) -> object:
    loyalty, ledger = make_sides(folder, rows, share)
    if kind == "ours":
        return ours(folder, loyalty, ledger, memory)
    with duckdb.connect() as con:
        con.execute(f"set threads = 2; set memory_limit = '{memory}'; set temp_directory = '{folder / 'spill'}'; set preserve_insertion_order = false")
        return {"scan": scan, "hand": hand, "same": same}[kind](con, loyalty, ledger, folder / f"{kind}.parquet")


if __name__ == "__main__":
    print(json.dumps(_run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]), default=str))
