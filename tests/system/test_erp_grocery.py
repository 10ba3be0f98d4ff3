"""The grocery company's ledger out of vendors' systems: whole cents, the vendor's own fields, and the same breaks as by file."""

from pathlib import Path

import pytest

from tests.system.erp_month import DAYS, breaks_of, cent_books, grocery_case
from tieout.standins.company import served

pytestmark = pytest.mark.minutes


@pytest.fixture(scope="module")
def by_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, str]]]:
    folder = cent_books(grocery_case(), tmp_path_factory.mktemp("erp") / "books")
    return folder, breaks_of(folder)


@pytest.mark.parametrize("vendor", ["netsuite", "sap_s4hana", "oracle_fusion", "quickbooks_entities"])
def test_a_vendor_reconciles_to_the_same_breaks(vendor: str, by_file: tuple[Path, list[dict[str, str]]], tmp_path: Path) -> None:
    _, expected = by_file
    assert len(expected) > 20
    folder = cent_books(grocery_case(), tmp_path / "books")
    with served(folder, vendor):
        found = breaks_of(folder)
    assert not list((folder / "inbox" / "erp").glob("ledger_line_*.csv"))
    assert len(list((folder / "inbox" / "erp").glob("ledger_line_*.parquet"))) == len(DAYS)
    assert [b for b in found if b not in expected] == []
    assert [b for b in expected if b not in found] == []
