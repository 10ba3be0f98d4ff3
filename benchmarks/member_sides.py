"""Two sides of members' balances in the declared shape of loyalty_balance and ledger_balance, of any size, with planted differences.

Rows are computed one by one from their number and written in two different orders, so memory stays the same whatever the size. Each member stands
once on a side: duplicates are a matter of intake (DQ-06), not of the pair.
"""

from pathlib import Path

import duckdb

from core.schema import table

DAY = "2026-03-10"
PROGRAMMES = [f"PRG{n}" for n in range(8)]
_STEPS = {"loyalty_balance": 7_368_787, "ledger_balance": 15_485_863}
"""Primes: stepping by them through the row numbers visits each once."""


def make_sides(folder: Path, rows: int, share: float) -> tuple[Path, Path]:
    """Parquet files of `rows` members, `share` of them planted: missing on a side, points, just under and just over 0.01 %, sign, currency. Made once."""
    folder.mkdir(parents=True, exist_ok=True)
    millionths = round(share * 1_000_000)
    left, right = (folder / f"{name}_{rows}_{millionths}.parquet" for name in _STEPS)
    if not (left.exists() and right.exists()):
        with duckdb.connect() as con:
            con.execute("set threads = 2; set preserve_insertion_order = false; set memory_limit = '2GB'")
            for path, (name, step) in zip((left, right), _STEPS.items(), strict=True):
                members = _MEMBERS.format(rows=rows, step=step, millionths=millionths)
                cells = ", ".join(f'cast({_CELLS[name].get(c.name, "null")} as {c.type.sql}) as "{c.name}"' for c in table(name).columns)
                select = f"select date '{DAY}' as business_date, {cells} from ({members}) where plant <> {0 if name == 'loyalty_balance' else 1}"
                con.execute(f"copy ({select}) to '{path}' (format parquet, compression zstd)")
    return left, right


_MEMBERS = """
    select
        'M' || lpad(((i * 2654435761) % 10000000000)::varchar, 10, '0') as member, 'PRG' || (hash(i, 1) % 8)::varchar as programme,
        (['USD', 'EUR', 'GBP', 'JPY', 'BRL'])[1 + (hash(i, 2) % 5)::integer] as currency, (100 + hash(i, 3) % 9999900)::bigint as cents, cents * 85 as units,
        case when hash(i, 7) % 1000000 < {millionths} then (hash(i, 8) % 7)::integer else -1 end as plant
    from (select (r * {step}) % {rows} as i from range({rows}) as t (r))
"""
_CELLS = {
    "loyalty_balance": {
        "as_of_date": f"date '{DAY}'", "programme_id": "programme", "member_id": "member", "global_id": "member", "points": "cents * 0.01",
        "amount": "units * 0.0001", "currency": "currency",
    },
    "ledger_balance": {
        "as_of_date": f"date '{DAY}'", "ledger_id": "'GL'", "company_id": "'C1'", "account": "'2100-' || programme", "programme_id": "programme",
        "member_id": "member", "global_id": "member", "points": "-(cents + if(plant = 2, 1, 0)) * 0.01",
        "amount": "-(case plant when 3 then units + units // 10000 when 4 then units + units // 10000 + 2 when 5 then -units else units end) * 0.0001",
        "currency": "case when plant = 6 then if(currency = 'USD', 'EUR', 'USD') else currency end",
    },
}  # fmt: skip
