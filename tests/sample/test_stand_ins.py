"""`tieout demo --erp`: the sample company's main ledger comes out of every vendor's stand-in, day after day, line for line."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from core.errors import UsageFault
from tests.system.system_books import make_company
from tieout.standins.company import served, vendor
from tieout.standins.ledger import Ledger, ledger_of
from tieout.standins.vendors import SPECS, VENDORS


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "books"
    make_company(folder, 3, 20)
    return folder


@pytest.mark.parametrize("name", VENDORS)
def test_the_sample_companys_ledger_is_read_whole(name: str, company: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(company, tmp_path / "books")
    ledger = ledger_of((folder / "inbox" / "erp").glob("ledger_line_*.csv"))
    assert min(r["posting_date"] for on, r in ledger.lines if on == max(d for d, _ in ledger.lines)) < "2026-02", "an entry is dated back by weeks"
    before = dict(os.environ)
    try:
        with served(folder, name):
            files = sorted((folder / "inbox" / "erp").glob("ledger_line_*.parquet"))
    except UsageFault as fault:
        assert SPECS in str(fault)
        pytest.skip(str(fault))
    assert _credentials(os.environ) == _credentials(before), "a stand-in's credentials go when it goes"
    rows = duckdb.connect().execute(f"select count(*), sum(cast(amount as decimal(18,4))) from read_parquet({[str(f) for f in files]})").fetchall()
    assert len(files) == 3
    far_back = sum(r["posting_date"] < "2026-02" for _, r in ledger.lines) if name == "quickbooks_online" else 0  # a report a day, a week back
    assert rows[0][0] == len(ledger.lines) - far_back
    assert rows[0][1] == 0


def _credentials(environment: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in environment.items() if k.startswith("ERP_")}


def test_a_system_without_a_stand_in_is_refused_in_words() -> None:
    with pytest.raises(UsageFault, match="no stand-in for abacus"):
        vendor("abacus", Ledger())
