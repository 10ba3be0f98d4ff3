"""QuickBooks Online's report: every data row once, section summaries as control, tokens that roll."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.extraction.checking import check_source
from connectors.extraction.extract import extract_day
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of, small_ledger
from tieout.standins.quickbooks import QuickBooks
from tieout.standins.server import Fault


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QBO_CLIENT_ID", "ci")
    monkeypatch.setenv("QBO_CLIENT_SECRET", "cs-standin")
    path = tmp_path / "secrets" / "refresh"
    path.parent.mkdir()
    path.write_text("rt-standin-0\n", encoding="utf-8")
    return path


def _source(system: QuickBooks, token: Path) -> Source:
    credentials = {"kind": "oauth2_refresh", "token_url": f"{system.url}/token", "secrets": {"refresh_token": f"file:{token}"}}
    settings = {"realm": "9130", "company_id": "1000", "currency": "USD"}
    return Source.model_validate(
        {"kind": "quickbooks_online", "url": system.url, "credentials": credentials, "settings": settings, "deliver": ["line"], "start": date(2026, 3, 29)}
    )


def test_every_row_of_the_tree_comes_once(tmp_path: Path, token: Path) -> None:
    ledger = small_ledger(40, days=3)
    with QuickBooks(ledger) as system:
        place = place_of(tmp_path / "books")
        extract_day("qbo", _source(system, token), place, DAY, ENGINE)
        rows = delivered(place, "qbo", DAY)
        assert token.read_text() == "rt-standin-1", "the rolled token is kept for the next close"
        extract_day("qbo", _source(system, token), place, date(2026, 4, 1), ENGINE)
        assert token.read_text() == "rt-standin-2"
    assert sorted((r["document_id"], r["account"], Decimal(r["amount"]), r["event_id"]) for r in rows) == sorted(
        (r["document_id"], r["account"], Decimal(r["amount"]), r["event_id"]) for _, r in ledger.lines
    )
    assert delivered(place, "qbo", date(2026, 4, 1)) == [], "what was read before is not delivered again"
    everything = b"".join(p.read_bytes() for p in (tmp_path / "books").rglob("*") if p.is_file())
    assert b"-standin" not in everything


@pytest.mark.parametrize("change", ["row lost", "column lost", "flat", "account without id", "sub-account without id"])
def test_a_changed_tree_is_loud(change: str, tmp_path: Path, token: Path) -> None:
    def mutate(body: bytes) -> bytes:
        tree = json.loads(body)
        if not tree["Rows"]["Row"][0].get("Rows"):
            return body
        if change == "row lost":
            tree["Rows"]["Row"][0]["Rows"]["Row"].pop()
        if change == "column lost":
            tree["Columns"]["Column"].pop()
        if change == "flat":
            del tree["Rows"]["Row"][0]["Rows"]
        section = tree["Rows"]["Row"][0]
        if change == "account without id":
            del section["Header"]["ColData"][0]["id"]
        if change == "sub-account without id":
            inner = {"Header": {"ColData": [{"value": "Points given away"}]}, "Rows": section["Rows"]}
            section["Rows"] = {"Row": [inner]}
        return json.dumps(tree).encode()

    with QuickBooks(small_ledger(40)) as system:
        system.faults = [Fault(mutate=mutate, only="reports") for _ in range(9)]
        with pytest.raises(SystemFault):
            extract_day("qbo", _source(system, token), place_of(tmp_path / "books"), DAY, ENGINE)


def test_doctor_says_which_codes_the_report_has_no_data_for(tmp_path: Path, token: Path) -> None:
    """A finance reader must not chase a tax line that the report could never show."""
    with QuickBooks(small_ledger(2)) as system:
        found = list(check_source("qbo", _source(system, token), tmp_path, DAY))
    assert all(well for well, _ in found)
    [said] = [text for _, text in found if "no data for" in text]
    assert "MS-05: the report does not tell tax lines by event" in said
    assert "AM-07" in said
