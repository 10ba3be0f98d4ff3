"""The same input, code and configuration give the same bytes: every table file and every report, whichever way the books got there."""

import io
import re
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pytest

from assets.workspace import Workspace
from tests.system.system_books import SAY_FILES, close_plainly, contents, copy_books, make_company, must_be_equal, query, seals, shuffle_rows

pytestmark = pytest.mark.minutes
DAYS, MEMBERS = 3, 40


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[date]]:
    """Books with a full inbox, nothing closed."""
    folder = tmp_path_factory.mktemp("delivered") / "books"
    return folder, make_company(folder, DAYS, MEMBERS)


@pytest.fixture(scope="module")
def in_one_backfill(delivered: tuple[Path, list[date]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What everything else is measured by, closed on two threads; left to itself a close of so few rows takes one."""
    source, days = delivered
    folder = copy_books(source, tmp_path_factory.mktemp("backfill") / "books")
    settings = folder / "tieout.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n[engine]\nthreads = 2\n", encoding="utf-8")
    assert close_plainly(folder, days[0], days[-1]) == days
    return folder


def test_the_sample_has_something_of_everything(in_one_backfill: Path) -> None:
    rows = query(in_one_backfill, "select count(distinct code) as codes, count(distinct pair) as pairs from break", "break")
    assert rows[0]["codes"] > 10
    assert rows[0]["pairs"] >= 6
    assert len({name.split()[1] for name in seals(in_one_backfill)}) > 30


def test_day_by_day_then_again(delivered: tuple[Path, list[date]], in_one_backfill: Path, tmp_path: Path) -> None:
    source, days = delivered
    folder = copy_books(source, tmp_path / "elsewhere" / "other-name")
    for day in days:
        assert close_plainly(folder, day, day) == [day]
    must_be_equal(seals(in_one_backfill), seals(folder))
    must_be_equal(contents(in_one_backfill), contents(folder))
    before = {d: c.close_id for d, c in Workspace(folder).store.closes().items()}
    assert close_plainly(folder, days[1], days[1]) == days[1:], "re-closing a day takes every later unsigned day again"
    must_be_equal(seals(in_one_backfill), seals(folder))
    must_be_equal(contents(in_one_backfill), contents(folder))
    assert {d: c.close_id for d, c in Workspace(folder).store.closes().items()} == before
    assert close_plainly(folder, days[0], days[-1], again=False) == [], "nothing changed, so nothing is taken again"


def test_closing_the_last_day_first_closes_the_missing_ones_from_other_threads(
    delivered: tuple[Path, list[date]], in_one_backfill: Path, tmp_path: Path
) -> None:
    source, days = delivered
    folder = copy_books(source, tmp_path / "books")
    settings = folder / "tieout.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + '\n[engine]\nthreads = 1\nmemory = "2GB"\n', encoding="utf-8")
    assert close_plainly(folder, days[-1], days[-1]) == days
    must_be_equal(seals(in_one_backfill), seals(folder))
    must_be_equal(contents(in_one_backfill), contents(folder))


def test_rows_in_another_order(delivered: tuple[Path, list[date]], in_one_backfill: Path, tmp_path: Path) -> None:
    source, days = delivered
    folder = copy_books(source, tmp_path / "books")
    shuffle_rows(folder / "inbox", seed=3)
    close_plainly(folder, days[0], days[-1])
    must_be_equal(_of_rows(in_one_backfill), _of_rows(folder))


def test_the_same_rows_in_more_files(delivered: tuple[Path, list[date]], in_one_backfill: Path, tmp_path: Path) -> None:
    source, days = delivered
    folder = copy_books(source, tmp_path / "books")
    whole = sorted((folder / "inbox").glob(f"*/loyalty_balance_{days[0]}.csv"))
    assert whole
    for path in whole:
        header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        for part, lines in ((1, rows[::2]), (2, rows[1::2])):
            path.with_name(f"{path.stem}_{part}.csv").write_text("".join([header, *lines]), encoding="utf-8")
        path.unlink()
        path.with_name(f"{path.stem}.control.json").unlink(missing_ok=True)
    close_plainly(folder, days[0], days[-1])
    kept, found = ({k: v for k, v in _of_rows(f).items() if not k.startswith("reports/")} for f in (in_one_backfill, folder))
    kept, found = ({k: v for k, v in t.items() if k.split(" ")[-1] != "feed_status"} for t in (kept, found))  # it counts files
    must_be_equal(kept, found)  # every row names its close_id


def test_a_late_file_ends_where_a_punctual_one_does(delivered: tuple[Path, list[date]], in_one_backfill: Path, tmp_path: Path) -> None:
    source, days = delivered
    folder = copy_books(source, tmp_path / "books")
    late = sorted((folder / "inbox").glob(f"*/ledger_line_{days[0]}*")) + sorted((folder / "inbox").glob(f"loyalty/loyalty_event_{days[0]}*"))
    assert len(late) == 6
    for path in late:
        shutil.move(path, tmp_path / f"{path.parent.name}~{path.name}")
    close_plainly(folder, days[0], days[1])
    assert seals(folder) != {k: v for k, v in seals(in_one_backfill).items() if not k.startswith(str(days[2]))}
    for path in late:
        shutil.move(tmp_path / f"{path.parent.name}~{path.name}", path)
    assert close_plainly(folder, days[2], days[2], again=False) == days, "the late file re-closes the unsigned days it changes"
    must_be_equal(seals(in_one_backfill), seals(folder))
    must_be_equal(contents(in_one_backfill), contents(folder))


SAY_SHEETS = frozenset({"Provenance", "ControlTotals", "Quarantine"})
"""The sheets of the exempt tables: a quarantined row is named by its line, and lines move when rows are shuffled."""


def _of_rows(folder: Path) -> dict[str, bytes]:
    """What must not depend on how the files were written: all but control totals, quarantine, the manifest and the provenance sheets."""
    kept: dict[str, bytes] = {}
    for name, content in contents(folder).items():
        if name.split(" ")[-1] in SAY_FILES or name.endswith("manifest.json"):
            continue
        if name.endswith(".xlsx"):
            kept |= {f"{name}!{part}": parted for part, parted in _sheets(content).items() if part not in SAY_SHEETS}
        else:
            kept[name] = content
    return kept


def _sheets(workbook: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as file:
        names = re.findall(rb'<sheet name="([^"]+)"', file.read("xl/workbook.xml"))
        return {n.decode(): file.read(f"xl/worksheets/sheet{number}.xml") for number, n in enumerate(names, start=1)}
