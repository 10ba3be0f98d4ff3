"""Answers that are well formed and not what was asked for: read to the end they would be wrong in silence, kept they would stop every night.

SAP, Business One, Finance, QuickBooks and Business Central by a bare responder that shares nothing with our stand-ins.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.extraction.checking import check_source
from connectors.extraction.extract import Place, extract_day
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of
from tests.extraction.hostile_soap import PLAIN, Responder, Style

Record = dict[str, Any]
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>"
SIGNED = ((1, "0021550000", -1), (2, "0000400000", 1))
MIDNIGHT = 1774915200000
"""The day, as OData V2 writes it."""


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("user", "password", "token"):
        monkeypatch.setenv(f"ERP_{name.upper()}", f"foreign-{name}")
    monkeypatch.setattr("time.sleep", lambda _: None)


# ------------------------------------------------------------------------------------------------------------------ answers of each system
def _sap() -> Record:
    common: Record = dict.fromkeys(
        ("Ledger", "AdditionalCurrency1", "TaxCode", "TaxJurisdiction", "TaxType", "DocumentReferenceID", "ReverseDocument", "ClearingAccountingDocument",
         "Reference1InDocumentHeader", "Reference2InDocumentHeader", "Reference1IDByBusinessPartner", "Reference3IDByBusinessPartner"), "",
    ) | dict.fromkeys(("AmountInAdditionalCurrency1", "TaxBaseAmountInCoCodeCrcy", "TaxAmountInCoCodeCrcy", "Quantity"), "0.000")  # fmt: skip
    common |= {
        "CompanyCode": "1000", "FiscalYear": "2026", "AccountingDocumentType": "SA", "CompanyCodeCurrency": "USD", "TransactionCurrency": "USD",
        "PostingDate": f"/Date({MIDNIGHT})/", "DocumentDate": f"/Date({MIDNIGHT})/", "FiscalPeriod": "003", "IsReversal": False, "IsReversed": False,
        "ReverseDocumentFiscalYear": "0000", "IsNegativePosting": False, "ClearingDate": None, "AccountingDocumentCreationDate": f"/Date({MIDNIGHT})/",
        "LastChangeDate": None,
    }  # fmt: skip
    items = [
        common | {
            "AccountingDocument": f"{n:010d}", "AccountingDocumentItem": f"{line:03d}", "GLAccount": account, "DebitCreditCode": "S" if sign > 0 else "H",
            "AmountInCompanyCodeCurrency": f"{sign * n}.100", "AmountInTransactionCurrency": f"{sign * n}.100",
            "DocumentItemText": "Prämie", "AssignmentReference": f"A-{n}",
        }
        for n in range(1, 5)
        for line, account, sign in SIGNED
    ]  # fmt: skip
    return {"d": {"__count": str(len(items)), "results": items}}


def _b1() -> Record:
    entry = {
        "Memo": "", "Reference": "", "Reference3": None, "TransactionCode": "", "OriginalJournal": "ttJournalEntry", "StornoDate": None,
        "ReferenceDate": "2026-03-31T00:00:00Z", "TaxDate": "2026-03-31T00:00:00Z",
    }  # fmt: skip
    line = {
        **dict.fromkeys(("FCDebit", "FCCredit", "DebitSys", "CreditSys", "BaseSum"), 0.0),
        "FCCurrency": None,
        "LineMemo": "",
        "TaxCode": None,
        "VatLine": "tNO",
    }
    entries = [
        entry | {
            "JdtNum": n, "Number": n, "Original": n,
            "JournalEntryLines": [
                line | {"Line_ID": i, "AccountCode": a, "Debit": n if s > 0 else 0.0, "Credit": n if s < 0 else 0.0, "U_Event": f"A-{n}"} for i, a, s in SIGNED
            ],
        }
        for n in range(1, 4)
    ]  # fmt: skip
    return {"@odata.count": len(entries), "value": entries}


def _d365() -> Record:
    entry = {
        "AccountingDate": "2026-03-31T12:00:00Z", "PostingLayer": "Current", "TransactionCurrencyCode": "USD", "Description": "", "Quantity": 0,
        "PostingType": "LedgerJournal", "IsCorrection": "No", "DocumentDate": "1900-01-01T12:00:00Z", "DocumentNumber": "",
        "LedgerName": "main", "DataArea": "usmf",
    }  # fmt: skip
    amounts = ("TransactionCurrencyAmount", "AccountingCurrencyAmount", "ReportingCurrencyAmount")
    entries = [
        entry | dict.fromkeys(amounts, sign * n) | {
            "JournalNumber": f"J{n}", "Voucher": f"V{n}", "AccountDisplayValue": f"{account}-001", "IsCredit": "No" if sign > 0 else "Yes",
            "GeneralJournalAccountEntryRecId": 10 * n + line, "Event": f"A-{n}",
        }
        for n in range(1, 4)
        for line, account, sign in SIGNED
    ]  # fmt: skip
    return {"@odata.count": len(entries), "value": entries}


def _bc() -> Record:
    entry = {"postingDate": "2026-03-31", "documentType": "", "description": "", "lastModifiedDateTime": "2026-03-31T20:00:00Z"}
    entries = [
        entry | {
            "entryNumber": 10 * n + line, "documentNumber": f"D{n}", "accountNumber": account, "debitAmount": n if sign > 0 else 0,
            "creditAmount": n if sign < 0 else 0, "event": f"A-{n}",
        }
        for n in range(1, 4)
        for line, account, sign in SIGNED
    ]  # fmt: skip
    return {"@odata.count": len(entries), "value": entries}


REPORT = ("tx_date", "txn_type", "doc_num", "name", "memo", "debt_amt", "credit_amt")


def _report() -> Record:
    def row(date: str, number: str, event: str, debit: str, credit: str) -> Record:
        return {"type": "Data", "ColData": [{"value": date}, {"value": "", "id": number}, *({"value": v} for v in (event, "", "", debit, credit))]}

    def section(account: str, name: str, rows: list[Record], debit: str, credit: str) -> Record:
        opening = {"type": "Data", "ColData": [{"value": name}, *({"value": ""} for _ in REPORT[1:])]}
        total = {"ColData": [{"value": "Total"}, *({"value": ""} for _ in REPORT[1:5]), {"value": debit}, {"value": credit}]}
        return {"type": "Section", "Header": {"ColData": [{"value": account, "id": account}]}, "Rows": {"Row": [opening, *rows]}, "Summary": total}

    day = DAY.isoformat()
    return {
        "Header": {"ReportBasis": "Accrual", "StartPeriod": day, "EndPeriod": day, "Currency": "USD"},
        "Columns": {"Column": [{"ColTitle": k, "ColType": "String", "MetaData": [{"Name": "ColKey", "Value": k}]} for k in REPORT]},
        "Rows": {
            "Row": [
                section("71", "Beginning Balance", [row(day, "9", "A-1", "", "3.10"), row(day, "10", "A-2", "", "1.00")], "", "4.10"),
                section("82", "Anfangssaldo", [row(day, "9", "A-1", "3.10", ""), row(day, "10", "A-2", "1.00", ".00")], "4.10", ".00"),
            ]
        },
    }


BASIC = {"credentials": {"kind": "basic"}}
SYSTEMS: dict[str, tuple[Callable[[], Record], dict[str, Any]]] = {
    "sap_s4hana": (_sap, BASIC),
    "sap_b1": (_b1, {
        "credentials": {"kind": "basic"}, "settings": {"company_db": "SBO", "currency": "USD"}, "fields": {"event_id": "U_Event"},
    }),
    "d365_finance": (_d365, {
        "credentials": {"kind": "basic"}, "settings": {"currency": "USD"}, "fields": {"event_id": "Event"},
    }),
    "business_central": (_bc, {
        "credentials": {"kind": "basic"}, "settings": {"tenant": "t", "company": "c", "company_id": "1000", "currency": "USD"}, "fields": {"event_id": "event"},
    }),
    "quickbooks_online": (_report, {"credentials": {"kind": "bearer"}, "settings": {"realm": "1", "currency": "USD", "company_id": "1000"}}),
}  # fmt: skip


@contextmanager
def _system(kind: str, tmp_path: Path, answers: Callable[[int], bytes], **more: Any) -> Iterator[tuple[Source, Place]]:
    """A system that gives `answers(n)` to its n-th request, and books that read it; how it is signed into is not what is tested here."""
    count = 0

    def answer(_: bytes) -> tuple[bytes, Style]:
        nonlocal count
        count += 1
        return answers(count), PLAIN

    place, how = place_of(tmp_path), SYSTEMS[kind][1] | more
    own = tmp_path / "platforms" / kind
    own.mkdir(parents=True, exist_ok=True)
    packaged = Path(__file__).parents[2] / "connectors" / "platforms" / kind
    definition = (packaged / "platform.toml").read_text(encoding="utf-8")
    definition = re.sub(r"(?m)^auth = .*$", 'auth = ["basic", "bearer"]', definition)
    (own / "platform.toml").write_text(definition, encoding="utf-8")
    (own / "line.sql").write_bytes((packaged / "line.sql").read_bytes())
    with Responder(answer) as system:
        source = {"kind": kind, "url": system.url, "deliver": ["line"], "start": DAY, "overlap_days": 0, **how}
        yield Source.model_validate(source), place


def _read(kind: str, tmp_path: Path, change: Callable[[Record], object] = lambda _: None, **more: Any) -> list[dict[str, str]]:
    answer = SYSTEMS[kind][0]()
    change(answer)
    with _system(kind, tmp_path, lambda _: json.dumps(answer).encode(), **more) as (source, place):
        extract_day("erp", source, place, DAY, ENGINE)
    return delivered(place, "erp", DAY)


# ------------------------------------------------------------------------------------------------------------------ what holds
@pytest.mark.parametrize("kind", SYSTEMS)
def test_what_was_asked_for_is_read(kind: str, tmp_path: Path) -> None:
    rows = _read(kind, tmp_path)
    assert {r["posting_date"] for r in rows} == {"2026-03-31"}
    assert {"A-1", "A-2"} <= {r["event_id"] for r in rows}
    assert {r["document_date"] for r in rows} <= {None, "2026-03-31"}, "a date that stands for none is none"


def _each(kind: str, **values: object) -> Callable[[Record], object]:
    """Every record with these values; one that is None is left out."""

    def change(answer: Record) -> None:
        for record in answer["d"]["results"] if kind == "sap_s4hana" else answer["value"]:
            record.update({k: v for k, v in values.items() if v is not None})
            for name in (k for k, v in values.items() if v is None):
                record.pop(name)

    return change


def _second_half_is_the_first(answer: Record) -> None:
    results = answer["d"]["results"]
    results[4:] = results[:4]


def _last_document_is_the_first(answer: Record) -> None:
    results = answer["d"]["results"]
    results[6:] = results[:2]


def _header(name: str, value: str) -> Callable[[Record], object]:
    return lambda answer: answer["Header"].update({name: value})


def _dated(answer: Record) -> None:
    for section in answer["Rows"]["Row"]:
        for row in section["Rows"]["Row"][1:]:
            row["ColData"][0]["value"] = "2026-02-28"


FOREIGN: dict[str, tuple[str, Callable[[Record], object], str]] = {
    "a page twice and as many as announced": ("sap_s4hana", _second_half_is_the_first, "came twice"),
    "a document twice, another missing": ("sap_s4hana", _last_document_is_the_first, "came twice"),
    "no amount of the basis": ("sap_s4hana", _each("sap_s4hana", AmountInCompanyCodeCurrency="", CompanyCodeCurrency=""), "no amount without value"),
    "a side that is none": ("sap_s4hana", _each("sap_s4hana", DebitCreditCode="X"), "neither S nor H"),
    "a day with an offset": ("sap_s4hana", _each("sap_s4hana", PostingDate=f"/Date({MIDNIGHT - 3_600_000}+0120)/"), "a date is not readable"),
    "a selected field is gone": ("sap_s4hana", _each("sap_s4hana", AssignmentReference=None), "no field AssignmentReference"),
    "a named field is gone": ("business_central", _each("business_central", event=None), "no field event"),
    "a named field is gone in Finance": ("d365_finance", _each("d365_finance", Event=None), "no field Event"),
    "a named field of lines is gone": ("sap_b1", lambda a: [line.pop("U_Event") for e in a["value"] for line in e["JournalEntryLines"]], "no field U_Event"),
    "entries of another month": ("sap_b1", _each("sap_b1", ReferenceDate="2025-12-31T00:00:00Z"), "which was not asked for"),
    "entries of another year": ("d365_finance", _each("d365_finance", AccountingDate="2019-01-01T12:00:00Z"), "which was not asked for"),
    "rows of another day": ("quickbooks_online", _dated, "which was not asked for"),
    "a report in another currency": ("quickbooks_online", _header("Currency", "EUR"), "Header/Currency EUR"),
    "a report on another basis": ("quickbooks_online", _header("ReportBasis", "Cash"), "Header/ReportBasis Cash"),
    "a report of another day": ("quickbooks_online", _header("EndPeriod", "2026-04-30"), "Header/EndPeriod"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_what_was_not_asked_for_is_loud(name: str, tmp_path: Path) -> None:
    kind, change, said = FOREIGN[name]
    with pytest.raises(SystemFault, match=said) as told:
        _read(kind, tmp_path, change)
    assert told.value.exit_code == 3
    assert not list(tmp_path.rglob("ledger_line*.parquet"))


def test_only_the_company_code_that_is_named_is_delivered(tmp_path: Path) -> None:
    def change(answer: Record) -> None:
        for item in answer["d"]["results"][:2]:
            item["CompanyCode"] = "2000"

    assert {r["company_id"] for r in _read("sap_s4hana", tmp_path / "named", change, settings={"company_code": "1000"})} == {"1000"}
    assert {r["company_id"] for r in _read("sap_s4hana", tmp_path / "all", change)} == {"1000", "2000"}


@pytest.mark.parametrize("kind", SYSTEMS)
@pytest.mark.parametrize("first", [LOGIN_PAGE, b'{"error": {"code": "busy"}}', b'{"d": {"results": '])
def test_an_answer_that_was_none_does_not_stop_the_next_night(kind: str, first: bytes, tmp_path: Path) -> None:
    whole = json.dumps(SYSTEMS[kind][0]()).encode()
    with _system(kind, tmp_path, lambda n: first if n == 1 else whole) as (source, place):
        with pytest.raises(SystemFault):
            extract_day("erp", source, place, DAY, ENGINE)
        assert not list(place.inbox.rglob("*.parquet"))
        extract_day("erp", source, place, DAY, ENGINE)
    assert delivered(place, "erp", DAY)
    assert list(place.lake.rglob("*.superseded1")), "what came the first time is kept as evidence"


def test_nights_that_fail_do_not_fill_the_disk_and_what_was_delivered_stays(tmp_path: Path) -> None:
    """Of readings that came to nothing the latest are kept; one that the books were made from is never let go."""
    whole, kind = json.dumps(SYSTEMS["sap_s4hana"][0]()).encode(), "sap_s4hana"
    is_well = True
    with _system(kind, tmp_path, lambda n: whole if is_well else LOGIN_PAGE) as (source, place):
        extract_day("erp", source, place, DAY, ENGINE)
        is_well = False
        for night in range(8):
            with pytest.raises(SystemFault):
                extract_day("erp", source, place, DAY, ENGINE, again=night == 0)
        is_well = True
        extract_day("erp", source, place, DAY, ENGINE)
    folder = place.folder("erp", DAY)
    kept = {int(p.name.rpartition("superseded")[2]): (p / "extraction.json").is_file() for p in folder.parent.glob(f"{DAY}.superseded*")}
    last = max(kept)
    assert last > 5
    assert kept == {1: True, last - 2: False, last - 1: False, last: False}


def test_a_reading_that_was_not_of_one_moment_is_read_anew(tmp_path: Path) -> None:
    """A page of the first night says six entries, the ledger has grown since: the kept page is not joined to the new ones for ever."""
    answer = _bc()
    first = {**answer, "value": answer["value"][:4], "@odata.nextLink": "entries?page=2"}
    said = [json.dumps(first).encode(), b"{}", *[json.dumps(answer).encode()] * 2]
    with _system("business_central", tmp_path, lambda n: said[n - 1]) as (source, place):
        with pytest.raises(SystemFault):
            extract_day("erp", source, place, DAY, ENGINE)
        extract_day("erp", source, place, DAY, ENGINE)
    assert len(delivered(place, "erp", DAY)) == 6


@pytest.mark.parametrize("kind", SYSTEMS)
def test_doctor_does_not_take_a_sign_in_page_for_the_system(kind: str, tmp_path: Path) -> None:
    with _system(kind, tmp_path, lambda _: LOGIN_PAGE) as (source, _):
        found = list(check_source("erp", source, tmp_path, DAY))
    assert [text for well, text in found if not well and "not as its definition says" in text]
