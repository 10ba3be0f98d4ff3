"""The grocery company with a point worth 1.00, so that its ledger is in whole cents, as ERPs keep it: the first days of the month, twice.

What belongs here: making the books of the file drop and those whose lines come from a system. What must hold is said in the tests.
"""

import csv
import os
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from tests.system.system_books import tieout

DAYS = ("2017-01-01", "2017-01-02")
_SCALED = {"ledger_line": ("amount",), "ledger_balance": ("amount",), "posting_manifest": ("amount",), "loyalty_balance": ("amount",)}


def grocery_case() -> Path:
    """The folder of the case; skips where it is not here."""
    folder = Path(os.environ.get("TIEOUT_CASES", Path(__file__).resolve().parents[3] / "shared" / "cases")) / "grocery_2017_01"
    if not folder.is_dir():
        pytest.skip(f"the case with known answers is not here ({folder}; say where with TIEOUT_CASES)")
    return folder


def cent_books(case: Path, folder: Path) -> Path:
    """Books of the case's first days with value_per_point 1.00 and the ledger scaled with it; nothing closed."""
    assert tieout("init", folder).returncode == 0
    shutil.rmtree(folder / "programmes")
    shutil.copytree(case / "programmes", folder / "programmes")
    programme = next((folder / "programmes").glob("*.toml"))
    text = programme.read_text(encoding="utf-8")
    programme.write_text(text.replace('value_per_point = "0.01"', 'value_per_point = "1.00"'), encoding="utf-8")
    shutil.copyfile(case / "tax_rates.csv", folder / "tax_rates.csv")
    for path in sorted((case / "inbox").glob("*/*.csv")):
        if path.stem[-10:] in DAYS:
            target = folder / "inbox" / path.parent.name / path.name
            target.parent.mkdir(exist_ok=True)
            _scale(path, target, _SCALED.get(path.stem[:-11], ()))
    return folder


def _scale(path: Path, target: Path, columns: tuple[str, ...]) -> None:
    """Copy a file with its point-valued money times 100; tax lines are real money and stay."""
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        for column in columns:
            if row.get(column) and row.get("is_tax_line") != "true":
                row[column] = str(Decimal(row[column]) * 100)
    with target.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
