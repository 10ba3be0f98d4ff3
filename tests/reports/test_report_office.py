"""What a spreadsheet program and a browser make of the files; skipped with a word where they are absent."""

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from report_sample import DAY, day, facts

from reports.pack import render

pytestmark = pytest.mark.ui


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None and os.environ.get("TIEOUT_REQUIRE_UI") == "1":
        pytest.fail(f"{name} is not installed here (tests/ui/install)")
    if found is None:
        pytest.skip(f"{name} is not installed here, so the reports were not opened with it")
    return found


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    with day() as session:
        return render(session, facts())


@pytest.fixture(scope="module")
def recalculated(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[list[str]]]]:
    """Every sheet of every workbook as LibreOffice calculates it anew, by file and sheet name."""
    office = _program("soffice")
    folder = tmp_path_factory.mktemp("office")
    names = [n for n in files if n.endswith(".xlsx")]
    for name in names:
        (folder / name).write_bytes(files[name])
    subprocess.run(
        [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1",
         "--outdir", str(folder), *(str(folder / n) for n in names)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    made: dict[str, dict[str, list[list[str]]]] = {}
    for path in folder.glob("*.csv"):
        book, _, sheet = path.stem.partition("-")
        with path.open(encoding="utf-8", newline="") as handle:
            made.setdefault(book, {})[sheet] = list(csv.reader(handle))
    return made


def test_footing_cells_are_zero_when_recalculated(recalculated: dict[str, dict[str, list[list[str]]]]) -> None:
    checked = 0
    for book in ("liability", "ledger_export"):
        for row in recalculated[book]["RollForward"]:
            if row and row[0] in ("Check F: 0", "Check PY: opening agrees", "All checks"):
                assert {v for v in row[1:] if v} == {"0"}, row
                checked += 1
    assert checked > 10


def test_row_counts_and_the_journal_on_the_lead_agree_when_recalculated(recalculated: dict[str, dict[str, list[list[str]]]]) -> None:
    for book, sheets in recalculated.items():
        rows = sheets["Lead"]
        start = next(i for i, r in enumerate(rows) if r[:2] == ["Sheet", "What it holds"])
        for row in rows[start + 1 :]:
            if row[2] and row[4] != "Check":  # no gap, no header of another table
                assert row[2] == row[3], (book, row)
                assert row[4] == "0", (book, row)
    assert [r[:3] for r in recalculated["ledger_export"]["Lead"] if r[0] == "USD"] == [["USD", "", "678.7"]]


def test_differences_of_the_tie_out_are_the_stored_ones(recalculated: dict[str, dict[str, list[list[str]]]]) -> None:
    head, first, second = recalculated["liability"]["TieOut"]
    at = head.index("Difference (R)")
    assert (first[at].strip(), second[at].strip()) == ("-13.7", "0")


def test_texts_arrive_as_texts(recalculated: dict[str, dict[str, list[list[str]]]]) -> None:
    keys = {r[1] for r in recalculated["discrepancies"]["Breaks"]}
    assert {"=1+1", "-2+3", "@SUM(A1)", "00123", "1E5", "_x000D_", "a\\x01b\\u202ec"} <= keys


def test_a_browser_shows_the_page(files: dict[str, bytes], tmp_path: Path) -> None:
    browser = _program("chromium")
    page = tmp_path / "daily.html"
    page.write_bytes(files["daily.html"])
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    shown = subprocess.run([browser, *arguments, page.as_uri()], check=True, capture_output=True, timeout=120, text=True).stdout
    assert f"Daily close {DAY}" in shown
    assert "5 BREAKS" in shown
