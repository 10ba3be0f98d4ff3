"""What every pair has in common: is it judged today, and its three tables in exactly the declared shape.

What does not belong here: any rule of one pair, and the register of breaks.
"""

from collections.abc import Sequence
from datetime import date

from core.schema import table
from core.sql import Session

ROOM = "reconcilers"


def is_judged(session: Session, tables: Sequence[str]) -> bool:
    """Whether every one of the input tables has a delivery for the day; a pair one of whose sides has none is not judged (contract section 3)."""
    delivered = {r["table"] for r in session.fetch('select "table" from feed_status where is_delivered')}
    return set(tables) <= delivered


def declare(session: Session, name: str, shape: str, source: str) -> None:
    """Create `name` with exactly the columns and types of the declared table `shape` from the rows of `source`."""
    columns = ", ".join(f'cast("{c.name}" as {c.type.sql}) as "{c.name}"' for c in table(shape).columns)
    session.statement(f'create or replace table "{name}" as select {columns} from "{source}"')


def publish(session: Session, pair: str, *, judged: bool, has_match: bool = False, findings: str = "") -> None:
    """Make `<pair>_finding`, `<pair>_match` and `<pair>_disposition` from `<pair>_difference`, `<pair>_agreement` and `<pair>_ending`.

    Of a pair that is not judged today, the differences open at the last close stand as they were: a missing file closes nothing and opens nothing.
    `findings` names the table of findings where the usual name is taken.
    """
    name = findings or f"{pair}_finding"
    if judged:
        declare(session, name, "finding", f"{pair}_difference")
    else:
        session.rule(ROOM, "delivery_standing", pair=pair)
        declare(session, name, "finding", "delivery_standing")
    if has_match and judged:
        declare(session, f"{pair}_match", "match", f"{pair}_agreement")
    else:
        session.empty(f"{pair}_match", table("match"))
    declare(session, f"{pair}_disposition", "disposition", f"{pair}_ending")


def extend(session: Session, name: str, shape: str, source: str) -> None:
    """Add the rows of `source` to the declared table `name`, by the columns of `shape`."""
    columns = ", ".join(f'"{c.name}"' for c in table(shape).columns)
    session.statement(f'insert into "{name}" ({columns}) select {columns} from "{source}"')


def rows_unaccounted(session: Session, pair: str, inputs: Sequence[str], as_of_date: date) -> list[str]:
    """Invariant: the dispositions of a pair add back, per input table, to the rows that entered today and those of `input_total`, in rows and sums."""
    broken = []
    for name in inputs:
        declared = set(table(name).names)
        sums = ", ".join(f"coalesce(sum({c if c in declared else 'null::decimal(38, 4)'}), 0)::decimal(38, 4) as {c}" for c in ("points", "amount"))
        sql = f"""
            with entered as (select count(*)::bigint as row_count, {sums} from "{name}" where business_date = $as_of_date),
            aside as (
                select coalesce(sum(row_count), 0)::bigint as row_count, coalesce(sum(points), 0)::decimal(38, 4) as points,
                    coalesce(sum(amount), 0)::decimal(38, 4) as amount
                from input_total where "table" = $name
            ),
            ended as (
                select coalesce(sum(row_count), 0)::bigint as row_count, coalesce(sum(points), 0)::decimal(38, 4) as points,
                    coalesce(sum(amount), 0)::decimal(38, 4) as amount
                from "{pair}_disposition" where "table" = $name
            )
            select e.row_count + a.row_count as rows_in, d.row_count as rows_out, e.points + a.points - d.points as points_lost,
                {"e.amount + a.amount - d.amount" if "amount" in declared else "0"} as amount_lost
            from entered as e cross join aside as a cross join ended as d
        """
        row = session.fetch(sql, as_of_date=as_of_date, name=name)[0]
        if row["rows_in"] != row["rows_out"] or row["points_lost"] != 0 or row["amount_lost"] != 0:
            broken.append(
                f"{pair}: {name} has {row['rows_in']} rows but {row['rows_out']} dispositions, {row['points_lost']} points and {row['amount_lost']} money apart"
            )
    return broken
