"""Two sides of member balances of any size in random orders, with planted differences: what the benchmarks of comparing run on."""

from pathlib import Path

import duckdb

KEYS = ("global_id", "programme", "currency")


def make_sides(folder: Path, rows: int, form: str, share: float = 0.005) -> tuple[Path, Path]:
    """Two files of `rows` balances, `share` of them planted: missing on a side, twice on the right, just under and over 0.01 %, sign, currency.

    Columns: global_id, programme, currency, points DECIMAL(18,2), amount DECIMAL(18,4). An existing file is used again.
    """
    left, right = (folder / f"{side}_{rows}_{round(share * 1_000_000)}.{form}" for side in ("left", "right"))
    if left.exists() and right.exists():
        return left, right
    folder.mkdir(parents=True, exist_ok=True)
    how = "format csv, header" if form == "csv" else "format parquet, compression zstd"
    with duckdb.connect() as con:
        con.execute(f"set threads = 2; set preserve_insertion_order = false; set temp_directory = '{folder / 'spill'}'")
        con.execute(f"create macro planted(i, n) as hash(i, 7) % 1000000 < {round(share * 1_000_000)} and hash(i, 8) % 7 = n")
        for path, body, salt in ((left, _LEFT, 11), (right, _RIGHT, 13)):
            con.execute(f"copy (from ({body.format(rows=rows)}) order by hash(global_id, {salt})) to '{path}' ({how})")
    return left, right


_BASE = """
    select i, 'M' || lpad(((i * 2654435761) % 10000000000)::varchar, 10, '0') as global_id, 'PRG' || (hash(i, 1) % 8)::varchar as programme,
        (['USD', 'EUR', 'GBP', 'JPY', 'BRL'])[1 + (hash(i, 2) % 5)::integer] as currency, (100 + hash(i, 3) % 9999900)::bigint as cents
    from range({rows}) as t (i)
"""
_SHOWN = "(cents::decimal(16, 0) * 0.01)::decimal(18, 2) as points, (cents::decimal(14, 0) * 0.000085)::decimal(18, 4) as amount"
_LEFT = f"select global_id, programme, currency, {_SHOWN} from ({_BASE}) where not planted(i, 0)"
_RIGHT = f"""
    select global_id, programme, case when planted(i, 6) then if(currency = 'USD', 'EUR', 'USD') else currency end as currency, {_SHOWN}
    from (
        select * replace (
            case
                when planted(i, 3) then cents + cents // 10000 when planted(i, 4) then cents + cents // 10000 + 1 when planted(i, 5) then -cents else cents
            end as cents
        )
        from ({_BASE})
    ) as t, unnest(if(planted(i, 2), [1, 2], [1])) as twice (copy)
    where not planted(i, 1)
"""
