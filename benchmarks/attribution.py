"""What it costs to say which lot every unit came from: the engine against a plain Python loop, a busy account, and a day against the whole history.

`measure` runs every variant in a process of its own, in the same run, and compares rows. Accounts have 1 to 19 events, never overdrawn, first in
first out; the loop makes the same two tables as the engine, without the number of a movement in its day. Files are written as they come: order and seals
are the store's, on either side. What does not belong here: closing a day (`small_day`).
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.process import busy
from core.books import load_books, parameter_rows
from core.policy import Books
from core.schema import PARAMETERS, table
from core.sql import AS_PARQUET, Limits, Session
from ledgers.attribution import attribute
from ledgers.lots import month_end_schedule

HISTORY, DAY = date(2026, 1, 30), date(2026, 2, 2)
_PROGRAMME = """id = "p1"
name = "p"
currency = "USD"
company_id = "1"
timezone = "UTC"
value_per_point = "0.01"
urr_for_ssp = "0.8"
lot_policy = "fifo"

[accounts]
liability = "2100"
"""
_EVENTS = """
with account as (select a, 1 + (hash(a, 9) % 19)::bigint as size, hash(a, 77) % 100 = 0 as is_active from range($accounts) t(a)),
     sized as (select a, coalesce($busy, size) as size, is_active from account),
     event as (select a, is_active, size, unnest(range(0, size)) as k from sized),
     drawn as (select *, k % 5 in (3, 4) as is_out, (100 + hash(a, k, 5) % 9900)::bigint as units, hash(a, k, 6) % 1000 as u from event),
     summed as (select *, sum(case when is_out then 0 else units end) over (partition by a order by k rows unbounded preceding) as earned from drawn)
select case when is_active and k >= 5 then date '2026-02-02' else date '2026-01-30' end as business_date,
    'E' || lpad((a * 65536 + k)::varchar, 14, '0') as event_id,
    'p1' as programme_id, 'M' || lpad((a * 2654435761 % 10000000000)::varchar, 10, '0') as member_id, member_id as global_id,
    case when is_out then 'redemption' else 'accrual' end as kind,
    case when is_out then -greatest(1, earned * (20 + u * 120 // 1000) // 1000 // greatest(1, size // 19)) else units end::decimal(18, 4) as points,
    timestamptz '2024-01-01 00:00:00+00' + to_seconds(k * 900) as occurred_at, (occurred_at at time zone 'UTC')::date as effective_date,
    case when not is_out then units / 10 end::decimal(18, 4) as transaction_amount
from summed
order by business_date, event_id"""


# ---------------------------------------------------------------------------------------------------------------------------- measured
def make_events(folder: Path, name: str, accounts: int, busy: int | None = None) -> int:
    """Write the events as a stored loyalty_event; how many there are."""
    with duckdb.connect() as con:
        columns = {c.name for c in table("loyalty_event").columns}
        have = {"event_id", "programme_id", "member_id", "global_id", "kind", "points", "occurred_at", "effective_date", "transaction_amount"}
        empty = "".join(f', null::{table("loyalty_event")[c].type.sql} as "{c}"' for c in sorted(columns - have))
        con.execute(f"set threads = 2; set memory_limit = '6GB'; set temp_directory = '{folder / 'spill'}'")
        row = con.execute(
            f"copy (select *{empty} from ({_EVENTS})) to '{folder / name}.parquet' (compression zstd)", {"accounts": accounts, "busy": busy}
        ).fetchone()
        return int(row[0]) if row else 0


def _books(folder: Path) -> Books:
    """A company of one programme, as its files say it."""
    (folder / "programmes").mkdir(exist_ok=True)
    (folder / "tieout.toml").write_text('[company]\nfunctional_currency = "USD"\n', encoding="utf-8")
    (folder / "programmes" / "p1.toml").write_text(_PROGRAMME, encoding="utf-8")
    return load_books(folder)


def engine(folder: Path, name: str, *, since: date = date.min, until: date = DAY, built_on: str = "", kept: str = "", threads: int = 2) -> None:
    """Attribute the events of `name` that entered since..until as one day, on what was kept as `built_on` or from nothing; keep the results as `kept`."""
    rows = parameter_rows(_books(folder))
    with Session(Limits(folders=(folder,), memory="8GB", threads=threads, spill=folder / "spill")) as session:
        for declared in PARAMETERS:
            session.rows(declared.name, declared, rows.get(declared.name, ()))
        session.view("stored_event", table("loyalty_event"), [folder / f"{name}.parquet"])
        shown = "business_date" if built_on else f"date '{until}' as business_date"
        session.statement(
            f"create view loyalty_event as select * replace ({shown}) from stored_event where business_date between date '{since}' and date '{until}'"
            if not built_on
            else f"create view loyalty_event as select * from stored_event where business_date <= date '{until}'"
        )
        for made in ("lot_schedule", "lot_issue", "lot_movement"):
            session.view(f"prior_{made}", table(made), [folder / f"{built_on}_{made}.parquet"] if built_on else [])
        attribute(session, until)
        for made in ("lot_issue", "lot_movement"):
            _keep(session, folder, f"{kept}_{made}", f"select * from {made}", until)
        if until == HISTORY:
            month_end_schedule(session, until)
            _keep(session, folder, f"{kept}_lot_schedule", "select * from lot_schedule", until)


def _keep(session: Session, folder: Path, name: str, select: str, day: date) -> None:
    session.statement(f"copy (select date '{day}' as business_date, * from ({select})) to '{folder / name}.parquet' ({AS_PARQUET})")


def loop(folder: Path, name: str) -> None:
    """What a careful user writes: one pass over the sorted events with a deque of lots, whole numbers only, then the same two tables as columns."""
    with duckdb.connect() as con:
        columns = "programme_id, global_id, event_id, points, transaction_amount, effective_date, occurred_at"
        whole = columns.replace("points", "(points * 10000)::bigint").replace("transaction_amount", "(transaction_amount * 10000)::bigint")
        events = con.execute(f"select {whole} from '{folder / name}.parquet' order by programme_id, global_id, points < 0, occurred_at, event_id").fetchall()
    moved: list[tuple[object, ...]] = []
    issued: list[tuple[object, ...]] = []
    lots: deque[list[Any]] = deque()
    holder, currency, ssp = None, "USD", 8 * 10**9  # 0.008 at 12 places
    for programme, member, event, units, amount, day, instant in events:
        if (programme, member) != holder:
            holder = programme, member
            lots.clear()
        if units > 0:
            worth = units * ssp  # 16 places
            deferral = (2 * amount * 10**8 * worth + (amount * 10**12 + worth)) // (2 * (amount * 10**12 + worth))  # 12 places, half up
            cohort = f"{day.year}-{day.month:02}"
            lots.append([event, units, units, deferral, deferral, cohort])
            rounded = (2 * deferral + 10**8) // (2 * 10**8)
            issued.append((event, member, programme, currency, "purchase", "seller", day, instant, None, units, deferral, rounded, 0, cohort, "accrual"))
            moved.append((1, event, None, None, event, member, programme, currency, "purchase", cohort, units, deferral, None))
            continue
        wanted = -units
        while wanted:
            lot = lots[0]
            lot_id, left, points, frozen, carried, cohort = lot
            given = min(wanted, left)
            after = (2 * frozen * (left - given) + points) // (2 * points)
            moved.append((5, event, event, "redemption", lot_id, member, programme, currency, "purchase", cohort, -given, after - carried, None))
            wanted -= given
            if given == left:
                lots.popleft()
            else:
                lot[1], lot[4] = left - given, after
    _columns(folder / f"{name}_loop_issue.parquet", _LOOP_ISSUE, issued)
    _columns(folder / f"{name}_loop.parquet", _LOOP_MOVEMENT, moved)


def _columns(path: Path, names: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({n: pa.array(list(c)) for n, c in zip(names, zip(*rows, strict=True), strict=True)}), path, compression="zstd")


# --------------------------------------------------------------------------------------------------------------------------- comparing
def apart(folder: Path, left: str, right: str) -> int:
    """Rows that only one of two results has, both ways."""
    with duckdb.connect() as con:
        con.execute("set threads = 2")
        count = "select count(*) from ((({a}) except all ({b})) union all (({b}) except all ({a})))"
        row = con.execute(count.format(a=left.format(f=folder), b=right.format(f=folder))).fetchone()
        return int(row[0]) if row else -1


_LOOP_ISSUE = (
    *("lot_id", "global_id", "programme_id", "currency", "earn_class", "funded_by", "earned_on", "earned_at", "expires_on", "points", "deferral"),
    *("deferred_amount", "cost_per_point", "cohort", "origin"),
)
_LOOP_MOVEMENT = (
    *("group_no", "event_id", "taking_event_id", "taking_kind", "lot_id", "global_id", "programme_id", "currency", "earn_class", "cohort"),
    *("points", "deferral", "expires_on"),
)


def _engine_rows(made: str) -> str:
    """What the engine kept of a table, without what the loop does not make."""
    return f"select * exclude (business_date{', sequence' if made == 'lot_movement' else ''}) from '{{f}}/full_{made}.parquet'"


def _loop_rows(columns: Sequence[str], file: str) -> str:
    """The loop's whole numbers as the engine's types."""
    places = {"points": "0.0001::decimal(5, 4))::decimal(18, 4)", "deferred_amount": "0.0001::decimal(5, 4))::decimal(18, 4)"}
    places["deferral"] = "0.000000000001::decimal(13, 12))::decimal(38, 12)"
    shown = {c: f"({c}::decimal(38, 0) * {p} as {c}" for c, p in places.items()} | {"expires_on": "expires_on::date as expires_on"}
    return f"select {', '.join(shown.get(c, c) for c in columns)} from '{{f}}/{file}.parquet'"


_OF_DAY = "semi join (select event_id from '{f}/events.parquet' where business_date = date '2026-02-02') d using (event_id)"


def _differing(folder: Path) -> int:
    """Rows of the two tables that only the engine or only the loop has."""
    return apart(folder, _engine_rows("lot_movement"), _loop_rows(_LOOP_MOVEMENT, "events_loop")) + apart(
        folder, _engine_rows("lot_issue"), _loop_rows(_LOOP_ISSUE, "events_loop_issue")
    )


def measure(folder: Path, events: int) -> Iterator[tuple[str, str]]:
    """The benchmark with about so many events: (what, figures) as they are measured."""
    accounts = events // 10
    count = make_events(folder, "events", accounts)
    busy_count = make_events(folder, "busy", max(1, events // 10_000), 10_000)
    yield f"events ({accounts} accounts of 1 to 19)", f"{count:>16}"
    one, sql, python = _best("one", folder, "events", "full"), _best("engine", folder, "events", "full"), _best("loop", folder, "events", "")
    yield "engine, all events, one thread", _show(one)
    yield "engine, all events", _show(sql)
    yield "plain Python loop, the same two tables", _show(python)
    yield "loop / engine, one thread each (bar 2.5)", f"{python['wall'] / one['wall']:8.2f}{python['cpu'] / one['cpu']:8.2f}"
    yield "loop / engine (bar 2.5)", f"{python['wall'] / sql['wall']:8.2f}{python['cpu'] / sql['cpu']:8.2f}"
    yield "rows that differ", f"{_differing(folder):16}"
    busy = _best("engine", folder, "busy", "busy")
    yield f"engine, {busy_count // 10_000} accounts of 10 000 events", _show(busy)
    yield (
        "per event / per event of small accounts (bar 2)",
        f"{busy['wall'] / busy_count * count / sql['wall']:8.2f}{busy['cpu'] / busy_count * count / sql['cpu']:8.2f}",
    )
    _child("history", folder, "events", "history")
    day = _best("day", folder, "events", "day")
    yield "a day on the open lots of the history", _show(day)
    yield "whole history / day (bar 8)", f"{sql['wall'] / day['wall']:8.2f}{sql['cpu'] / day['cpu']:8.2f}"
    rows = "select event_id, taking_event_id, lot_id, points, deferral from '{{f}}/{}_lot_movement.parquet'"
    yield "rows that differ", f"{apart(folder, rows.format('full') + ' ' + _OF_DAY, rows.format('day')):16}"


def _best(variant: str, folder: Path, name: str, kept: str, times: int = 2) -> dict[str, float]:
    return min((_child(variant, folder, name, kept) for _ in range(times)), key=lambda c: c["cpu"])


def _child(variant: str, folder: Path, name: str, kept: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.attribution", variant, str(folder), name, kept]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _show(cost: dict[str, float]) -> str:
    return f"{cost['wall']:8.2f}{cost['cpu']:8.2f}{cost['memory']:8.2f}"


def show(events: int, folder: Path) -> None:
    print(f"{'':60}{'wall s':>8}{'cpu s':>8}{'GiB':>8}")
    for what, figures in measure(folder, events):
        print(f"{what:60}{figures}", flush=True)
    print(busy())


def main(variant: str, where: str = "", name: str = "", kept: str = "") -> None:
    """`EVENTS [FOLDER]` prints the table; else one measured variant, its cost as JSON."""
    if variant.isdigit():
        with tempfile.TemporaryDirectory() as temporary:
            show(int(variant), Path(where or temporary))
        return
    folder = Path(where)
    variants: dict[str, Callable[[], None]] = {
        "engine": lambda: engine(folder, name, kept=kept),
        "one": lambda: engine(folder, name, kept=kept, threads=1),
        "loop": lambda: loop(folder, name),
        "history": lambda: engine(folder, name, until=HISTORY, kept=kept),
        "day": lambda: engine(folder, name, since=DAY, built_on="history", kept=kept),
    }
    started = time.perf_counter()
    variants[variant]()
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {"wall": time.perf_counter() - started, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024**2}
    sys.stdout.write(json.dumps(cost))


if __name__ == "__main__":
    main(*sys.argv[1:])
