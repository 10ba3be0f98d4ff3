"""A company's day of events and ledger lines of any size in the declared shape, with planted differences: what the benchmark of event_ledger runs on.

Half of the events are posted one line each, naming the event; half in batches of 500 with a manifest. Events are in the order of their ids, as the lake keeps
them; the rest in the order they were posted, which is nearly that of their keys. Everybody in them is made up.
"""

from datetime import date, timedelta
from pathlib import Path

import duckdb

from core.schema import table

DAY = date(2026, 3, 10)
PROGRAMMES = [f"PRG{n}" for n in range(8)]
BATCH = 500
NAMES = ("loyalty_event", "ledger_line", "posting_manifest", "event_value")


def make_day(folder: Path, rows: int, share: float = 0.005, *, day: date = DAY, first: int = 0) -> dict[str, Path]:
    """One Parquet file for each of NAMES: `rows` events of `day`, numbered from `first`, `share` of them planted. An existing file is used again."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {name: folder / f"{name}_{day}_{first}_{rows}_{round(share * 1_000_000)}.parquet" for name in NAMES}
    if all(p.exists() for p in made.values()):
        return made
    with duckdb.connect() as con:
        con.execute(f"set threads = 2; set enable_progress_bar = false; set memory_limit = '4GB'; set temp_directory = '{folder / 'spill'}'")
        con.execute(_MACROS.format(share=round(share * 1_000_000)))
        con.execute(_BASE.format(first=first, last=first + rows, middle=first + rows // 2, day=day, before=day - timedelta(days=1), batch=BATCH))
        for name, path in made.items():
            declared = table(name)
            cells = _CELLS[name]
            unknown = set(cells) - set(declared.names)
            if unknown:
                raise ValueError(f"{name} has no {sorted(unknown)}")
            columns = ", ".join(f'cast({cells.get(c, "null")} as {declared[c].type.sql}) as "{c}"' for c in declared.names)
            order = "order by event_id" if name == "loyalty_event" else ""
            body = f"select date '{day}' as business_date, {columns} from ({_ROWS[name]}) {order}"
            con.execute(f"copy ({body}) to '{path}' (format parquet, compression zstd, row_group_size 122880)")
    return made


_MACROS = """
    create macro planted(i, n) as hash(i, 7) % 1000000 < {share} and hash(i, 8) % 10 = n;
    create macro cents(x) as (x::decimal(14, 0) * 0.01)::decimal(18, 4);
"""

_BASE = """
    create view base as
    select
        i, i >= {middle} as is_batched, 'E' || lpad(((i * 2654435761) % 10000000000)::varchar, 10, '0') as event_id,
        'PRG' || ((i // {batch}) % 8)::varchar as programme_id, 'B' || (i // {batch})::varchar as batch_id,
        'M' || lpad((hash(i, 1) % greatest({last} // 5, 1))::varchar, 9, '0') as member,
        if(hash(i, 2) % 4 = 0, -1, 1) * (100 + hash(i, 3) % 9900)::bigint as units,
        if(hash(i, 4) % 10 = 0, date '{before}', date '{day}') as on_day, date '{day}' as day
    from range({first}, {last}) as t (i);
    create view posted as
    -- planted: 0 not posted, 1 money, 2 money within tolerance, 3 units, 4 twice, 5 another account, 6 an event nobody knows, 7 another period, 8 no event,
    -- 9 another currency
    select
        i, is_batched, programme_id, member, batch_id, copy, if(planted(i, 6), 'X' || event_id, event_id) as event_id, day,
        units + if(planted(i, 3), 1, 0) as units,
        cents(units) + if(planted(i, 1), cents(units) * 0.0005, 0) + if(planted(i, 2), 0.0001, 0) as money,
        if(planted(i, 7), on_day - 40, on_day) as posting_date
    from base, unnest(if(planted(i, 4), [1, 2], [1])) as twice (copy)
    where not planted(i, 0);
    create view member as select * from posted where is_batched and copy = 1;
    create view batch as
    select
        batch_id, programme_id, day, sum(units) as units, sum(money) + if(hash(batch_id, 9) % 100 = 0, 1, 0) as money, max(posting_date) as posting_date,
        min(i) as i
    from member
    group by batch_id, programme_id, day
"""

_ROWS = {
    "loyalty_event": "from base",
    "posting_manifest": "from member",
    "ledger_line": """
        select
            'D' || lpad(i::varchar, 10, '0') || if(copy = 2, 'b', '') as document_id, if(planted(i, 5), '2190', '2100') || '-' || programme_id as account,
            if(planted(i, 8), null, event_id) as event_id, null as batch_id, member, programme_id, units, money, posting_date, day,
            if(planted(i, 9), 'EUR', 'USD') as currency
        from posted
        where not is_batched or copy = 2
        union all
        select
            'D' || lpad(i::varchar, 10, '0') || 'm' as document_id, '2100-' || programme_id as account, null as event_id, batch_id, null as member,
            programme_id, units, money, posting_date, day, 'USD' as currency
        from batch""",
    "event_value": "from base",
}

_EVENT = {
    "event_id": "event_id", "programme_id": "programme_id", "kind": "if(units < 0, 'redemption', 'accrual')", "points": "units", "effective_date": "on_day",
    "global_id": "member", "currency": "'USD'",
}  # fmt: skip
_CELLS: dict[str, dict[str, str]] = {
    "loyalty_event": {
        **_EVENT, "member_id": "member", "occurred_at": "on_day + interval 12 hours", "order_id": "'O' || event_id", "earn_class": "'purchase'",
        "source": "'loyalty'", "value_per_point": "0.01", "face_amount": "abs(cents(units))",
    },
    "posting_manifest": {
        "batch_id": "batch_id", "event_id": "event_id", "points": "units", "amount": "money", "source": "'erp'", "effective_date": "day",
    },
    "ledger_line": {
        "ledger_id": "'GL'", "company_id": "'C1'", "document_id": "document_id", "line_id": "'1'", "posting_date": "posting_date", "account": "account",
        "amount": "-money", "currency": "currency", "points": "-units", "programme_id": "programme_id", "member_id": "member", "global_id": "member",
        "event_id": "event_id", "batch_id": "batch_id", "document_date": "posting_date", "fiscal_year": "year(posting_date)",
        "fiscal_period": "month(posting_date)", "is_tax_line": "false", "source": "'erp'", "effective_date": "posting_date",
    },
    "event_value": {**_EVENT, "face_amount": "cents(units)", "deferred_amount": "cents(units) * 0.8"},
}  # fmt: skip
