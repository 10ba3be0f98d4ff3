"""What every pair has in common: is it judged today, and its three tables in exactly the declared shape.

What does not belong here: any rule of one pair, and the register of breaks.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from core.schema import table
from core.sql import Session

ROOM = "reconcilers"


def is_judged(session: Session, tables: Sequence[str]) -> bool:
    """Whether every one of the input tables has a delivery for the day; a pair one of whose sides has none is not judged (contract section 3)."""
    delivered = {r["table"] for r in session.fetch('select "table" from feed_status where is_delivered')}
    return set(tables) <= delivered


def declare(session: Session, name: str, shape: str, source: str, *, copied: bool = False) -> None:
    """Create `name` with exactly the columns and types of the declared table `shape` from the rows of `source`.

    A view of it, unless it is to be `copied`: because `extend` will add rows, or because `source` will be made anew for another pair.
    """
    columns = ", ".join(f'cast("{c.name}" as {c.type.sql}) as "{c.name}"' for c in table(shape).columns)
    session.statement(f'create or replace {"table" if copied else "view"} "{name}" as select {columns} from "{source}"')


def publish(session: Session, pair: str, *, judged: bool, has_match: bool = False, findings: str = "", extended: bool = False) -> None:
    """Make `<pair>_finding`, `<pair>_match` and `<pair>_disposition` from `<pair>_difference`, `<pair>_agreement` and `<pair>_ending`.

    Of a pair that is not judged today, the differences open at the last close stand as they were: a missing file closes nothing and opens nothing.
    `findings` names the table of findings where the usual name is taken; `extended` findings get more rows later (`extend`).
    """
    name = findings or f"{pair}_finding"
    if judged:
        declare(session, name, "finding", f"{pair}_difference", copied=extended)
    else:
        session.rule(ROOM, "delivery_standing", pair=pair)
        declare(session, name, "finding", "delivery_standing", copied=True)
    if has_match and judged:
        declare(session, f"{pair}_match", "match", f"{pair}_agreement")
    else:
        session.empty(f"{pair}_match", table("match"))
    declare(session, f"{pair}_disposition", "disposition", f"{pair}_ending")


def extend(session: Session, name: str, shape: str, source: str) -> None:
    """Add the rows of `source` to the declared table `name`, by the columns of `shape`."""
    columns = ", ".join(f'"{c.name}"' for c in table(shape).columns)
    session.statement(f'insert into "{name}" ({columns}) select {columns} from "{source}"')


def rows_unaccounted(session: Session, inputs: Mapping[str, Sequence[str]], as_of_date: date) -> list[str]:
    """Invariant: the dispositions of each pair add back, per input table, to the rows that entered today and those of `input_total`, in rows and sums.

    `inputs` names the input tables of every pair to prove; one statement for all of them.
    """
    tables = sorted({name for names in inputs.values() for name in names})
    entered = " union all ".join(f"select '{n}' as name, {_sums(n)} from \"{n}\" where business_date = $as_of_date" for n in tables)
    ended = " union all ".join(
        f"""select '{pair}' as pair, "table" as name, row_count, points, amount from "{pair}_disposition" """ for pair, names in inputs.items() if names
    )
    wanted = ", ".join(f"('{pair}', '{name}', {'amount' in table(name).names})" for pair, names in inputs.items() for name in names)
    sql = f"""
        with wanted (pair, name, has_amount) as (values {wanted}),
        entered as ({entered}),
        aside as (select "table" as name, {_TOTALS} from input_total group by "table"),
        ended as (select pair, name, {_TOTALS} from ({ended}) group by pair, name)
        select w.pair, w.name, e.row_count + coalesce(a.row_count, 0) as rows_in, coalesce(d.row_count, 0) as rows_out,
            e.points + coalesce(a.points, 0) - coalesce(d.points, 0) as points_lost,
            case when w.has_amount then e.amount + coalesce(a.amount, 0) - coalesce(d.amount, 0) else 0 end as amount_lost
        from wanted as w join entered as e on e.name = w.name
        left join aside as a on a.name = w.name left join ended as d on d.pair = w.pair and d.name = w.name
        where rows_in <> rows_out or points_lost <> 0 or amount_lost <> 0
        order by w.pair, w.name
    """
    return [
        f"{r['pair']}: {r['name']} has {r['rows_in']} rows but {r['rows_out']} dispositions, {r['points_lost']} points and {r['amount_lost']} money apart"
        for r in session.fetch(sql, as_of_date=as_of_date)
    ]


_TOTALS = """coalesce(sum(row_count), 0)::bigint as row_count, coalesce(sum(points), 0)::decimal(38, 4) as points,
    coalesce(sum(amount), 0)::decimal(38, 4) as amount"""


def _sums(name: str) -> str:
    declared = set(table(name).names)
    sums = (f"coalesce(sum({c if c in declared else 'null::decimal(38, 4)'}), 0)::decimal(38, 4) as {c}" for c in ("points", "amount"))
    return f"count(*)::bigint as row_count, {', '.join(sums)}"
