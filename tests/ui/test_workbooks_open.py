"""LibreOffice opens the three workbooks of a closed day and calculates every cell anew: every check comes to 0 and nothing is an error."""

import csv
import subprocess

import pytest

from tests.system.system_books import close_plainly, make_company
from tests.ui.dagster_services import program

pytestmark = [pytest.mark.ui, pytest.mark.minutes]
WORKBOOKS = ("liability", "discrepancies", "ledger_export")
Sheets = dict[str, list[list[str]]]


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sheets]:
    """Every sheet as LibreOffice calculates it, by workbook and sheet name."""
    office = program("soffice", "libreoffice")
    folder = tmp_path_factory.mktemp("office")
    days = make_company(folder / "books", days=2, members=30)
    close_plainly(folder / "books", days[0], days[-1])
    reports = folder / "books" / "reports" / days[-1].isoformat()
    as_text = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", as_text, "--outdir", str(folder), *(str(reports / f"{n}.xlsx") for n in WORKBOOKS)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    made: dict[str, Sheets] = {}
    for path in folder.glob("*.csv"):
        book, _, sheet = path.stem.partition("-")
        with path.open(encoding="utf-8", newline="") as handle:
            made.setdefault(book, {})[sheet] = list(csv.reader(handle))
    return made


@pytest.mark.parametrize("book", WORKBOOKS)
def test_it_opens_and_no_cell_is_an_error(recalculated: dict[str, Sheets], book: str) -> None:
    assert {"Lead", "Provenance", "README"} <= recalculated[book].keys()
    for sheet, rows in recalculated[book].items():
        assert [c for row in rows for c in row if c.startswith(("#", "Err:")) and c not in ("#",)] == [], sheet


@pytest.mark.parametrize("book", WORKBOOKS)
def test_every_check_on_the_lead_is_zero(recalculated: dict[str, Sheets], book: str) -> None:
    rows = recalculated[book]["Lead"]
    start = next(n for n, r in enumerate(rows) if r[:2] == ["Sheet", "What it holds"])
    counted = [r for r in rows[start + 1 :] if r[0] and r[4] != "Check"]
    assert len(counted) >= 3
    for row in counted:
        assert row[2] == row[3], (book, row)
        assert row[4] in ("0", ""), (book, row)


def test_the_roll_forward_foots_when_recalculated(recalculated: dict[str, Sheets]) -> None:
    checked = 0
    for book in ("liability", "ledger_export"):
        for row in recalculated[book]["RollForward"]:
            if row and row[0].startswith(("Check ", "All checks")):
                assert {v for v in row[1:] if v} <= {"0"}, (book, row)
                checked += 1
    assert checked > 5
