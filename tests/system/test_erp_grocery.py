"""The grocery company's ledger out of every vendor's system: whole cents, the vendor's own fields, and the same breaks as by file.

A vendor that numbers lines itself is compared by document. Codes a vendor has no place for are those its definition lists; what it cannot say about the
others is left out of the comparison with them.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from connectors.extraction.definition import platform
from core.errors import UsageFault
from tests.system.erp_month import DAYS, cent_books, grocery_case
from tests.system.system_books import close_plainly, query
from tieout.standins.company import served
from tieout.standins.vendors import SPECS, VENDORS

pytestmark = pytest.mark.minutes
_POINTS = frozenset({"left_points", "right_points", "difference_points", "explanation"})


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cent_books(grocery_case(), tmp_path_factory.mktemp("erp") / "books")


@pytest.fixture(scope="module")
def by_file(books: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    return _breaks(shutil.copytree(books, tmp_path_factory.mktemp("file") / "books"))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_reconciles_to_the_same_breaks(vendor: str, books: Path, by_file: list[dict[str, object]], tmp_path: Path) -> None:
    folder = shutil.copytree(books, tmp_path / "books")
    try:
        with served(folder, vendor):
            found = _breaks(folder)
    except UsageFault as fault:
        assert SPECS in str(fault)
        pytest.skip(str(fault))
    assert not list((folder / "inbox" / "erp").glob("ledger_line_*.csv"))
    assert len(list((folder / "inbox" / "erp").glob("ledger_line_*.parquet"))) == len(DAYS)
    assert len(by_file) > 20
    without = platform(vendor).definition.not_applicable if vendor == "quickbooks_online" else {}
    assert _compared(found, without) == _compared(by_file, without)
    assert not [b for b in found if _cannot_be_told(b, without)]
    facts = json.loads((folder / "lake" / "extracts" / "erp" / DAYS[-1] / "extraction.json").read_text(encoding="utf-8"))
    assert facts["not_applicable"] == dict(platform(vendor).definition.not_applicable)


def _breaks(folder: Path) -> list[dict[str, object]]:
    close_plainly(folder, date.fromisoformat(DAYS[0]), date.fromisoformat(DAYS[-1]))
    return query(folder, "select * from break", "break")


def _cannot_be_told(found: Mapping[str, object], without: Mapping[str, str]) -> bool:
    """Whether a break is of a code the vendor has no data for, or the form in which such a code waits: a tax line that may still come."""
    return found["code"] in without or ("MS-05" in without and found["pair"] == "redemption_tax" and found["code"] == "TM-01")


def _compared(breaks: list[dict[str, object]], without: Mapping[str, str]) -> Counter[tuple[str, ...]]:
    """Breaks with references to documents, without ids that follow from references to lines."""
    left_out = {"close_id", "break_id"} | (_POINTS if "AM-01" in without else frozenset())
    kept = [b for b in breaks if not _cannot_be_told(b, without)]
    return Counter(tuple(re.sub(r"(erp-main/1000/\w+)/[\w-]+", r"\1", f"{k}={v}") for k, v in sorted(b.items()) if k not in left_out) for b in kept)
