"""OData ledgers against stand-ins: the same small ledger out of four vendors' interfaces, exact to the digit."""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.extraction.extract import extract_day
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, line_of, place_of, small_ledger
from tieout.standins import odata_vendors
from tieout.standins.ledger import Ledger
from tieout.standins.odata import ODataStandIn
from tieout.standins.server import Fault, Reply

SETTINGS: dict[str, dict[str, object]] = {
    "sap_s4hana": {"settings": {"document_key": "number"}},
    "business_central": {
        "settings": {"tenant": "t", "company": "c-1", "company_id": "1000", "currency": "USD", "entity": "loyaltyLedgerEntries", "ledger_id": "main"},
        "fields": odata_vendors.BC_FIELDS,
    },
    "sap_b1": {"settings": {"company_db": "SBO", "company_id": "1000", "currency": "USD", "ledger_id": "main"}},
    "d365_finance": {"settings": {"currency": "USD", "document_key": "voucher"}, "fields": odata_vendors.BC_FIELDS},
}
KIND = {"sap_s4hana": "basic", "business_central": "basic", "sap_b1": "session", "d365_finance": "oauth2_client"}


def _source(vendor: str, system: ODataStandIn) -> Source:
    more = SETTINGS[vendor]
    credentials = {"kind": KIND[vendor], "token_url": f"{system.url}/token"}
    return Source.model_validate({"kind": vendor, "url": system.url, "credentials": credentials, "deliver": ["line"], "start": date(2026, 3, 28), **more})


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"user": "standin", "password": "pw-standin-odata", "client_id": "ci", "client_secret": "cs-standin-odata"}.items():
        monkeypatch.setenv(f"ERP_{name.upper()}", value)
    monkeypatch.setattr("time.sleep", lambda _: None)


def _open(vendor: str, ledger: Ledger) -> ODataStandIn:
    make: Callable[[Ledger], ODataStandIn] = getattr(odata_vendors, vendor)
    system = make(ledger)
    if vendor == "d365_finance":
        granted = json.dumps({"access_token": "at-standin-odata", "expires_in": 3600}).encode()
        system.faults.append(Fault(Reply(200, granted), only="/token"))
    return system


@pytest.mark.parametrize("vendor", sorted(SETTINGS))
def test_the_same_ledger_comes_out_of_every_vendor(vendor: str, tmp_path: Path) -> None:
    ledger = small_ledger(450, days=3)
    exact = [("0.10", "0.20", "-0.30"), ("1234567890123.45", "0.01", "-1234567890123.46")]
    for document, amounts in enumerate(exact, start=9001):
        ledger.lines += [(DAY, line_of(document, n, "500000", Decimal(a), DAY)) for n, a in enumerate(amounts, start=1)]
    with _open(vendor, ledger) as system:
        place = place_of(tmp_path)
        found = extract_day("erp", _source(vendor, system), place, DAY, ENGINE)
    rows = delivered(place, "erp", DAY)
    assert len(rows) == len(ledger.lines) == 906
    assert (found.facts["unknown_fields"], set(found.facts["gates"].values())) == ({}, {"holds"})  # type: ignore[attr-defined]
    wanted = sorted((r["account"], Decimal(r["amount"]), r["posting_date"], r["event_id"], r["member_id"], Decimal(r["points"])) for _, r in ledger.lines)
    assert sorted((r["account"], Decimal(r["amount"]), r["posting_date"], r["event_id"], r["member_id"], Decimal(r["points"] or 0)) for r in rows) == wanted
    assert {(r["ledger_id"], r["company_id"], r["currency"]) for r in rows} == {("main", "1000", "USD")}
    everything = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"standin-odata" not in everything


@pytest.mark.parametrize("vendor", sorted(SETTINGS))
def test_what_is_left_blank_is_no_name(vendor: str, tmp_path: Path) -> None:
    ours = ("programme_id", "member_id", "event_id", "batch_id", "order_id", "tax_code", "tax_jurisdiction")
    blank = dict.fromkeys(ours, "")
    ledger = Ledger([(DAY, line_of(1, n, "0021550000", Decimal(a), DAY, **blank)) for n, a in enumerate(("-1.00", "1.00"), start=1)])
    with _open(vendor, ledger) as system:
        place = place_of(tmp_path)
        extract_day("erp", _source(vendor, system), place, DAY, ENGINE)
    assert {(c, r[c]) for r in delivered(place, "erp", DAY) for c in ours} == {(c, None) for c in ours}


@pytest.mark.parametrize("vendor", sorted(SETTINGS))
def test_chosen_accounts_only(vendor: str, tmp_path: Path) -> None:
    with _open(vendor, small_ledger(40)) as system:
        place = place_of(tmp_path)
        found = extract_day("erp", _source(vendor, system).model_copy(update={"accounts": ("0021550000",)}), place, DAY, ENGINE)
    assert [r["account"] for r in delivered(place, "erp", DAY)] == ["0021550000"] * 40
    is_asked = vendor in ("sap_s4hana", "business_central")
    assert found.facts["left_out"] == ({} if is_asked else {"line": 40})
    assert (found.facts["gates"]["documents balance"] == "holds") != is_asked  # type: ignore[index]


@pytest.mark.parametrize("vendor", sorted(SETTINGS))
@pytest.mark.parametrize("change", ["page lost", "field gone", "other host", "decimal comma", "in a circle"])
def test_a_changed_answer_is_loud(vendor: str, change: str, tmp_path: Path) -> None:
    def mutate(body: bytes) -> bytes:
        if change == "page lost":
            return body.replace(b'"__next"', b'"__nix"').replace(b'"@odata.nextLink"', b'"@odata.nixLink"')
        if change == "field gone":
            return (
                body.replace(b'"PostingDate"', b'"BookingDate"')
                .replace(b'"postingDate"', b'"bookingDate"')
                .replace(b'"ReferenceDate"', b'"RefDate"')
                .replace(b'"AccountingDate"', b'"AccDate"')
            )
        if change == "in a circle":
            here = system.asked[-1].target
            return re.sub(rb'("(?:__next|@odata.nextLink)": )"[^"]*"', rb"\1" + json.dumps(system.url + here).encode(), body)
        if change == "other host":
            return body.replace(system.url.encode(), b"http://evil.example").replace(b'"JournalEntries?', b'"http://evil.example/JournalEntries?')
        return body.replace(b"17.1", b'"17,1"') if vendor != "sap_s4hana" else body.replace(b"17.10", b"17,10")

    with _open(vendor, small_ledger(450)) as system:
        system.faults += [Fault(mutate=mutate, only="filter") for _ in range(60)]
        place = place_of(tmp_path)
        with pytest.raises(SystemFault) as told:
            extract_day("erp", _source(vendor, system), place, DAY, ENGINE)
    assert told.value.exit_code == 3
    assert not list(place.inbox.rglob("*.parquet"))


def test_an_item_entered_and_changed_on_two_days_of_the_window_comes_once(tmp_path: Path) -> None:
    with _open("sap_s4hana", small_ledger(4, date(2026, 3, 30))) as system:
        for record in system.records[:2]:
            record["LastChangeDate"] = DAY.isoformat()
        place = place_of(tmp_path)
        extract_day("erp", _source("sap_s4hana", system), place, DAY, ENGINE)
    assert len(delivered(place, "erp", DAY)) == 8


@pytest.mark.parametrize("vendor", ["sap_s4hana", "business_central"])
def test_what_is_dated_ahead_is_read_on_the_day_it_is_entered(vendor: str, tmp_path: Path) -> None:
    ahead = date(2026, 4, 30)
    ledger = Ledger([(DAY, line_of(1, n, "0021550000", Decimal(a), ahead)) for n, a in enumerate(("-1.00", "1.00"), start=1)])
    with _open(vendor, ledger) as system:
        place = place_of(tmp_path)
        extract_day("erp", _source(vendor, system), place, DAY, ENGINE)
    assert [r["posting_date"] for r in delivered(place, "erp", DAY)] == ["2026-04-30", "2026-04-30"]


def test_a_session_that_ends_is_opened_again(tmp_path: Path) -> None:
    with _open("sap_b1", small_ledger(50)) as system:
        system.faults.append(Fault(Reply(401, b"{}"), only="skiptoken"))
        place = place_of(tmp_path)
        extract_day("erp", _source("sap_b1", system), place, DAY, ENGINE)
        assert len(system.sessions) == 2
    assert len(delivered(place, "erp", DAY)) == 100
