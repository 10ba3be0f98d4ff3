"""Break work over whole books: decisions one by one and from the workbook, what they change and what they may never change."""

import json
import shutil
import sqlite3
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from assets.workspace import Workspace
from core.errors import UsageFault
from reconcilers.decisions import Asked
from tests.system.system_books import close_plainly, closes, copy_books, make_company, must_be_equal, query, seals, tieout
from tests.ui.dagster_services import program
from tieout.commands.decide import run_file, run_one

pytestmark = pytest.mark.minutes
DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work") / "books"
    days = make_company(folder, days=2, members=30)
    close_plainly(folder, days[0], days[-1])
    return folder


@pytest.fixture
def books(closed: Path, tmp_path: Path) -> Path:
    return copy_books(closed, tmp_path / "books")


def breaks(books: Path, day: date = DAY) -> list[dict[str, Any]]:
    return query(books, f"select * from \"break\" where business_date = date '{day}' and status <> 'closed' order by break_id", "break")


def an_open(books: Path, **wanted: object) -> dict[str, Any]:
    return next(b for b in breaks(books) if b["status"] == "open" and all(b[k] == v for k, v in wanted.items()))


def decide(books: Path, break_id: str, action: str, **more: Any) -> None:
    day = more.pop("day", None)
    run_one(books, [break_id], Asked(**{"action": action, "decided_by": "Ann", "reason": "why", "effective_date": DAY, **more}), day)


_TOTALS = """select pair, code, currency, sum(difference_points) as p, sum(difference_amount) as net, sum(abs(difference_amount)) as gross,
    count(*) as n from "break" where status <> 'closed' group by all order by all"""


def test_a_decision_acts_at_the_next_close_and_changes_no_total(books: Path) -> None:
    one = an_open(books, blocks_signoff=True)
    before, seals_before = query(books, _TOTALS, "break"), seals(books)
    decide(books, one["break_id"], "accepted")
    assert seals(books) == seals_before
    assert close_plainly(books, DAY, DAY, again=False) == [DAY]
    (now,) = [b for b in breaks(books) if b["break_id"] == one["break_id"]]
    assert (now["status"], now["decision"], now["decided_by"], now["decision_reason"]) == ("accepted", "accepted", "Ann", "why")
    # the code would block; accepted it does not, and explain says so
    assert "does not block sign-off" in tieout("explain", one["break_id"], books=books).stdout
    assert query(books, _TOTALS, "break") == before
    changed = {k for k, v in seals(books).items() if seals_before.get(k) != v}
    assert {k for k in changed if k.startswith("2026-03-01")} == set()


def test_same_decisions_same_bytes_whichever_way_the_books_got_there(books: Path, tmp_path: Path) -> None:
    first, second = an_open(books), breaks(books)[-1]
    twin = tmp_path / "twin"
    for folder in (books,):
        decide(folder, first["break_id"], "explained")
        decide(folder, second["break_id"], "assigned", queue="security")
    copy_books(books, twin)
    close_plainly(books, DAY, DAY)
    close_plainly(twin, date(2026, 3, 1), DAY)
    close_plainly(twin, date(2026, 3, 1), DAY)
    must_be_equal(seals(books), seals(twin))
    assert close_plainly(twin, DAY, DAY, again=False) == []


def test_nothing_decided_is_lost_by_a_changed_delivery(books: Path) -> None:
    one = an_open(books)
    decide(books, one["break_id"], "explained")
    newest = max((books / "inbox").glob("*/loyalty_balance_2026-03-02*.csv"))
    newest.write_bytes(newest.read_bytes() + b"")
    (books / "inbox" / "loyalty" / "loyalty_event_2026-03-02_late.csv").write_text(
        "event_id,programme_id,member_id,kind,points,occurred_at\nlate-1,orchard,m-x,adjustment,5,2026-03-02T10:00:00+00:00\n"
    )
    close_plainly(books, DAY, DAY, again=False)
    assert next(b for b in breaks(books) if b["break_id"] == one["break_id"])["status"] == "explained"


def test_a_cut_off_record_is_noticed(books: Path) -> None:
    one = an_open(books)
    decide(books, one["break_id"], "explained")
    close_plainly(books, DAY, DAY)
    assert not [f for f in Workspace(books).store.verify() if "recorded" in f]
    with sqlite3.connect(books / "tieout.db") as connection:
        connection.execute("drop trigger act_is_never_deleted")
        connection.execute("delete from act")
    assert [f for f in Workspace(books).store.verify() if "is not recorded" in f]


# ---------------------------------------------------------------------------------------------------------------- the workbook
COLUMNS = ("decision", "reason", "decided by", "approved by", "until", "queue to", "evidence")


def fill(books: Path, target: Path, *rows: tuple[int, dict[str, Any]], edit: dict[tuple[int, str], Any] | None = None) -> Path:
    """Fill decision columns of numbered rows (2 is the first) as a person would, and save."""
    workbook = openpyxl.load_workbook(books / "reports" / DAY.isoformat() / "discrepancies.xlsx")
    sheet = workbook["Breaks"]
    at = {str(c.value): c.column for c in sheet[1]}
    for number, values in rows:
        for name, value in values.items():
            sheet.cell(number, at[name]).value = value
    for (number, name), value in (edit or {}).items():
        sheet.cell(number, at[name]).value = value
    workbook.save(target)
    return target


def hashes(path: Path) -> list[str]:
    rows = list(openpyxl.load_workbook(path)["Breaks"].iter_rows(values_only=True))
    return [str(r[rows[0].index("break id")]) for r in rows[1:]]


ACCEPT = {"decision": "accept", "reason": "known, paid in cash", "decided by": "Ann"}


def test_a_filled_in_workbook_is_taken_once(books: Path, tmp_path: Path) -> None:
    suppress = {"decision": "suppress", "reason": "till replaced", "decided by": "Ann", "approved by": "Bob", "until": date(2026, 3, 31)}
    path = fill(books, tmp_path / "filled.xlsx", (2, ACCEPT), (3, suppress), (4, {"decision": "assign", "reason": "theirs", "queue to": "tech support"}))
    done = tieout("decide", "--from", path, "--by", "Cid", "--json", books=books)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [(t["action"], t["by"]) for t in json.loads(done.stdout)["taken"]] == [("accepted", "Ann"), ("suppressed", "Ann"), ("assigned", "Cid")]
    again = json.loads(tieout("decide", "--from", path, "--by", "Cid", "--json", books=books).stdout)
    assert (again["taken"], again["known_before"]) == ([], 3)
    close_plainly(books, DAY, DAY, again=False)
    ids, now = hashes(path), {b["break_id"]: b for b in breaks(books)}
    assert [now[i]["status"] for i in ids[:2]] == ["accepted", "suppressed"]
    assert now[ids[2]]["queue"] == "tech_support"
    later = run_file(books, path, None, "Cid")
    assert (later.taken, later.known) == ([], 3), "the day shows what was decided, so the rows have other hashes; they were taken all the same"
    shown = {str(r[0]): r for r in openpyxl.load_workbook(books / "reports" / DAY.isoformat() / "discrepancies.xlsx")["Breaks"].iter_rows(values_only=True)}
    assert any("till replaced" in r for r in shown.values())


@pytest.mark.parametrize(
    ("rows", "edit", "says"),
    [
        (((2, ACCEPT),), {(2, "difference amount"): 0}, "difference_amount was edited"),
        (((2, ACCEPT),), {(2, "explanation"): "all is well"}, "explanation was edited"),
        (((2, ACCEPT),), {(2, "row hash"): "0" * 24}, "was not shown like this"),
        (((2, ACCEPT),), {(2, "break id"): "f" * 24}, "no close knows"),
        (((2, ACCEPT), (3, {**ACCEPT, "decision": "forget"})), {}, "Breaks row 3: 'forget' is no decision"),
        (((2, ACCEPT), (3, {"decision": "suppress", "reason": "x", "decided by": "Ann", "until": "2026-03-31"})), {}, "a second person"),
        (((2, ACCEPT), (3, {"reason": "only a reason"})), {}, "'' is no decision"),
        (((2, {**ACCEPT, "reason": "=1+1"}),), {}, "the reason"),
        (((2, {**ACCEPT, "decided by": "@eve"}),), {}, "begins with @"),
        (((2, {**ACCEPT, "decision": "suppress", "until": "soon"}),), {}, "is not a date"),
    ],
)
def test_an_edited_or_wrong_row_is_refused_with_its_number_and_nothing_is_half_taken(
    books: Path, tmp_path: Path, rows: Any, edit: dict[tuple[int, str], Any], says: str
) -> None:
    path = fill(books, tmp_path / "filled.xlsx", *rows, edit=edit)
    with pytest.raises(UsageFault, match="Breaks row") as refused:
        run_file(books, path, None, "")
    assert says in refused.value.what
    assert refused.value.where == str(path)
    assert closes(books)
    assert tieout_acts(books) == 0


def test_two_rows_that_decide_one_break_are_refused(books: Path, tmp_path: Path) -> None:
    """Whichever row came last would hold, and a sheet is sorted at will."""
    path = fill(books, tmp_path / "filled.xlsx", (2, ACCEPT))
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Breaks"]
    values = [c.value for c in sheet[2]]
    sheet.append(["explain" if v == ACCEPT["decision"] else v for v in values])
    workbook.save(path)
    with pytest.raises(UsageFault, match="decided twice: accepted in a row above, explained here"):
        run_file(books, path, None, "")
    assert tieout_acts(books) == 0


def test_a_decision_said_again_after_it_was_withdrawn_is_taken(books: Path, tmp_path: Path) -> None:
    path = fill(books, tmp_path / "filled.xlsx", (2, {**ACCEPT, "reason": "why"}))
    one = hashes(path)[0]
    run_file(books, path, None, "")
    decide(books, one, "withdrawn")
    again = run_file(books, path, None, "")
    assert (again.taken, again.overtaken) == ([], ("Breaks row 2",)), "a row handed in again decides nothing, and that is said"
    decide(books, one, "accepted")
    close_plainly(books, DAY, DAY, again=False)
    assert the_row(books, one)["status"] == "accepted"
    for queue in ("security", "finance", "security"):
        decide(books, one, "assigned", queue=queue)
    close_plainly(books, DAY, DAY, again=False)
    assert the_row(books, one)["queue"] == "security"


def the_row(books: Path, break_id: str) -> dict[str, Any]:
    return next(b for b in breaks(books) if b["break_id"] == break_id)


def tieout_acts(books: Path) -> int:
    return len(Workspace(books).store.acts.rows())


def test_a_row_of_a_day_that_was_closed_again_with_another_outcome_is_refused(books: Path, tmp_path: Path) -> None:
    path = fill(books, tmp_path / "filled.xlsx", (2, ACCEPT))
    decide(books, hashes(path)[0], "explained")
    close_plainly(books, DAY, DAY)
    with pytest.raises(UsageFault, match="closed again since"):
        run_file(books, path, None, "")
    assert tieout_acts(books) == 1


@pytest.mark.ui
def test_a_workbook_saved_by_libreoffice_is_taken(books: Path, tmp_path: Path) -> None:
    office = program("soffice", "libreoffice")
    path = fill(books, tmp_path / "filled.xlsx", *((n, ACCEPT) for n in range(2, len(hashes_of(books)) + 2)))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "saved"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert len(run_file(books, tmp_path / "saved" / "filled.xlsx", None, "").taken) == len(hashes_of(books))


def hashes_of(books: Path) -> list[str]:
    return hashes(books / "reports" / DAY.isoformat() / "discrepancies.xlsx")


@pytest.mark.parametrize("content", [b"", b"break_id,decision\n", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_refused(books: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(UsageFault, match="cannot be read as a workbook"):
        run_file(books, path, None, "Ann")
    shutil.copy(books / "reports" / DAY.isoformat() / "liability.xlsx", path)
    with pytest.raises(UsageFault, match="has no sheet Breaks"):
        run_file(books, path, None, "Ann")


def test_explain_tells_what_was_decided(books: Path) -> None:
    one = an_open(books)
    decide(books, one["break_id"], "noted", reason="asked the shop", evidence="https://tickets/1;https://tickets/2")
    done = tieout("explain", one["break_id"], "--json", books=books)
    (told,) = json.loads(done.stdout)["decisions"]
    assert (told["action"], told["by"], told["why"]) == ("noted", "Ann", "asked the shop")
    assert "asked the shop" in tieout("explain", one["break_id"], books=books).stdout
