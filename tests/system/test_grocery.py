"""A month of real baskets with known breaks: closed through the command line, then judged against the truth beside it."""

import csv
import os
import shutil
from datetime import date
from pathlib import Path

import pytest

from core.schema import TABLES
from tests.system.system_books import closes, query, tieout

pytestmark = pytest.mark.minutes
EXACT_PAIRS = "('event_ledger', 'redemption_tax', 'order_event', 'delivery')"
"""Pairs in which nothing may be found that is not in the truth."""
MEASURES = ("face", "deferred")
KINDS = ("accrued", "redeemed", "expired", "reversed", "adjusted", "transferred")
AMOUNTS = ("deferred", "released", "expired", "re_estimated", "reversed", "adjusted", "transferred", "translated")


@pytest.fixture(scope="module")
def case() -> Path:
    """The folder of the case: $TIEOUT_CASES/grocery_2017_01, else beside the repository."""
    folder = Path(os.environ.get("TIEOUT_CASES", Path(__file__).resolve().parents[3] / "shared" / "cases")) / "grocery_2017_01"
    if not folder.is_dir():
        pytest.skip(f"the case with known answers is not here ({folder}; say where with TIEOUT_CASES), so the month was not judged")
    return folder


@pytest.fixture(scope="module")
def month(case: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The books of the case with every day closed in one backfill."""
    folder = tmp_path_factory.mktemp("grocery") / "books"
    assert tieout("init", folder).returncode == 0
    shutil.rmtree(folder / "programmes")
    for name in ("programmes", "inbox"):
        shutil.copytree(case / name, folder / name, dirs_exist_ok=True)
    shutil.copyfile(case / "tax_rates.csv", folder / "tax_rates.csv")
    days = sorted({path.stem[-10:] for path in (folder / "inbox" / "loyalty").glob("loyalty_event_*.csv")})
    done = tieout("backfill", days[0], days[-1], "--books", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_day_is_closed(month: Path) -> None:
    days = list(closes(month))
    assert len(days) == 31
    assert (days[0], days[-1]) == (date(2017, 1, 1), date(2017, 1, 31))


def test_every_planted_break_is_found_on_its_day_and_no_other(case: Path, month: Path) -> None:
    with (case / "truth.csv").open(encoding="utf-8", newline="") as handle:
        truth = {(r["code"], r["pair"], r["business_key"]): r["business_date"] for r in csv.DictReader(handle)}
    assert len(truth) > 100
    rows = query(
        month,
        """select code, pair, business_key, min(business_date)::varchar as found_on, min(first_seen)::varchar as first_seen from break
        where status not in ('closed', 'expected') group by all""",
        "break",
    )
    found = {(str(r["code"]), str(r["pair"]), str(r["business_key"])): str(r["found_on"]) for r in rows}
    assert {k: found.get(k) for k in truth} == truth
    assert sorted(k for k in found if k not in truth and k[1] in EXACT_PAIRS) == []
    assert [r for r in rows if r["found_on"] != r["first_seen"]] == []


def test_every_redeemed_unit_is_in_exactly_one_allocation(month: Path) -> None:
    """Per redemption, on every day: units redeemed net of what its reversals gave back = units allocated net."""
    wrong = query(
        month,
        """with redeemed as (
            select business_date, event_id as redemption, -points as points from loyalty_event where kind = 'redemption'
            union all
            select r.business_date, r.reverses_event_id, -r.points from loyalty_event r
            join loyalty_event o on o.event_id = r.reverses_event_id and o.kind = 'redemption' where r.kind = 'reversal'
        ), moved as (
            select business_date, redemption, points as redeemed, 0 as allocated from redeemed
            union all
            select business_date, redemption_event_id, 0, points from allocation
        )
        select redemption, business_date, sum(redeemed) as redeemed, sum(allocated) as allocated from moved
        group by all having sum(redeemed) <> sum(allocated)""",
        "loyalty_event",
        "allocation",
    )
    assert wrong == []
    totals = query(month, "select sum(points) as units, count(distinct redemption_event_id) as redemptions from allocation", "allocation")[0]
    assert totals["redemptions"] > 100
    assert totals["units"] > 0


def test_allocations_name_their_entries_or_what_is_missing(month: Path) -> None:
    rows = query(
        month,
        """select count(*) as wrong from allocation
        where (status = 'complete' and (coalesce(ledger_ref, '') = '' or coalesce(lot_ledger_ref, '') = ''))
            or (status = 'entry_missing') <> (coalesce(ledger_ref, '') = '')""",
        "allocation",
    )
    assert rows[0]["wrong"] == 0
    missing = query(
        month,
        """select a.redemption_event_id from allocation a
        where a.status <> 'complete' and not exists (select 1 from break b where b.business_date = a.business_date
            and b.business_key in (a.redemption_event_id, a.event_id, a.lot_id))""",
        "allocation",
        "break",
    )
    assert missing == [], "an allocation that is not complete stands beside a break that says so"


def test_the_roll_forward_foots_every_day(month: Path) -> None:
    points = " + ".join(f"{k}_points" for k in KINDS)
    amounts = " + ".join(f"{k}_amount" for k in AMOUNTS)
    rows = query(
        month,
        f"""select business_date, cohort, measure from roll_forward
        where closing_points <> opening_points + {points} or closing_amount <> opening_amount + {amounts}""",
        "roll_forward",
    )
    assert rows == []


def test_a_day_opens_where_the_one_before_closed(month: Path) -> None:
    key = ", ".join(TABLES["roll_forward"].key)
    rows = query(
        month,
        f"""with steps as (
            select business_date, {key}, opening_points, opening_amount, closing_points, closing_amount,
                lag(closing_points, 1, 0) over w as before_points, lag(closing_amount, 1, 0) over w as before_amount, lag(business_date) over w as before
            from roll_forward window w as (partition by {key} order by business_date)
        )
        select * from steps where opening_points <> before_points or opening_amount <> before_amount or business_date - before > 1""",
        "roll_forward",
    )
    assert rows == []


@pytest.mark.parametrize("measure", MEASURES)
def test_the_roll_forward_cross_foots_every_day(month: Path, measure: str) -> None:
    """The movements of all cohorts are the day's events; what closes is the sum of all members' points."""
    rows = query(
        month,
        f"""with days as (select distinct business_date from roll_forward), rolled as (
            select business_date, sum(closing_points) as closing, sum(accrued_points + redeemed_points + expired_points + reversed_points + adjusted_points
                + transferred_points) as moved
            from roll_forward where measure = '{measure}' group by business_date
        ), events as (
            select d.business_date, coalesce(sum(e.points), 0) as held, coalesce(sum(e.points) filter (where e.business_date = d.business_date), 0) as moved
            from days d left join loyalty_event e on e.business_date <= d.business_date group by d.business_date
        )
        select business_date, closing, held, rolled.moved, events.moved as of_events from rolled join events using (business_date)
        where closing <> held or rolled.moved <> events.moved""",
        "roll_forward",
        "loyalty_event",
    )
    assert rows == []


def test_every_input_row_is_in_one_disposition_per_pair_and_side(month: Path) -> None:
    """Each side of a pair accounts for every row of the tables it looks at: rows, units and money add back to what was delivered."""
    tables = ("loyalty_event", "loyalty_balance", "ledger_line", "ledger_balance", "posting_manifest", "payment")
    entered = " union all ".join(
        f"""select business_date, '{name}' as "table", 1 as rows, {"points" if "points" in TABLES[name].names else "0"} as points,
            {"0" if name.startswith("loyalty") else "amount"} as amount from {name}"""
        for name in tables
    )
    rows = query(
        month,
        f"""with delivered as (
            select business_date, "table", sum(rows) as rows, coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
            from ({entered} union all select business_date, "table", row_count, points, amount from input_total) group by all
        ), disposed as (
            select business_date, pair, side, "table", sum(row_count) as rows, sum(points) as points, sum(amount) as amount from disposition group by all
        )
        select business_date, pair, side, "table", d.rows, i.rows as rows_in, d.points, i.points as points_in, d.amount, i.amount as amount_in
        from disposed d join delivered i using (business_date, "table")
        where d.rows <> i.rows or (pair <> 'delivery' and d.points <> i.points)
            or (pair <> 'delivery' and "table" not like 'loyalty%' and d.amount <> i.amount)""",
        "disposition",
        "input_total",
        *tables,
    )
    assert rows == []
    sides = query(month, 'select distinct pair, side, "table" from disposition', "disposition")
    assert len(sides) >= 20


def test_journal_entries_balance(month: Path) -> None:
    rows = query(month, "select business_date, entry_id, currency from journal_line group by all having sum(debit) <> sum(credit)", "journal_line")
    assert rows == []


def test_what_is_stored_holds(month: Path) -> None:
    done = tieout("verify", "--books", month)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every file, report and seal holds" in done.stdout
