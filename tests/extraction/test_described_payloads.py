"""Pages made from the vendors' own descriptions, every column of every type, are read to the digit: S/4HANA (OData V2) and Business One (V3, V4)."""

import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from connectors.extraction.definition import platform
from connectors.extraction.extract import Extraction, extract_day
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of
from tests.extraction.vendor_files import vendor_file
from tieout.standins.odata import ENTERED, ODataStandIn
from tieout.standins.odata_vendors import double
from tieout.standins.server import Asked, Reply

AMOUNTS = ("0.1", "0.30", "1234567890123.45", "99999999999.999", "0.001", "7", "100.10", "-0.10", "-5.005")
LETTERS = "abÄß中'\"\\/<&:, 0123456789"
Properties = dict[str, dict[str, str]]


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"user": "standin", "password": "pw-standin-odata"}.items():
        monkeypatch.setenv(f"ERP_{name.upper()}", value)
    monkeypatch.setattr("tieout.standins.odata.matches", lambda *_: True)  # the stand-in compares days as ISO text; here they are as on the wire


def _described(path: Path, name: str) -> Properties:
    """Property -> its attributes."""
    kinds = [e for tag in ("EntityType", "ComplexType") for e in etree.parse(str(path)).iter(f"{{*}}{tag}") if e.get("Name") == name]
    return {str(p.get("Name")): dict(p.attrib) for p in kinds[0].iter("{*}Property")}


def _text(made: random.Random, described: dict[str, str]) -> str:
    return "".join(made.choices(LETTERS, k=made.randint(0, min(int(described.get("MaxLength", "40")), 40)))).strip()


def _epoch(day: date) -> str:
    return f"/Date({(datetime(day.year, day.month, day.day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)})/"


class Exactly(ODataStandIn):
    """Sends records as they are; either the columns that are asked for or, as some gateways do, all there are."""

    sends_all = False

    def answer(self, asked: Asked) -> Reply:
        return super().answer(replace(asked, target=re.sub(r"[&?](\$|%24)select=[^&]*", "", asked.target)) if self.sends_all else asked)


# --------------------------------------------------------------------------------------------------------------- S/4HANA
def _v2(made: random.Random, described: dict[str, str]) -> Any:
    """A value of a property as OData V2 writes it: decimals as text, days as milliseconds since 1970, null where it may be."""
    if described.get("Nullable") != "false" and made.random() < 0.3:
        return None
    day = date(1969, 12, 30) + timedelta(days=made.randint(0, 30_000))
    return {
        "Edm.String": lambda: _text(made, described), "Edm.Boolean": lambda: made.random() < 0.5, "Edm.DateTime": lambda: _epoch(day),
        "Edm.Time": lambda: "PT11H22M33S",
        "Edm.Decimal": lambda: str(Decimal(made.randint(-(10**9), 10**9)).scaleb(-int(described.get("Scale", "0")))),
    }[described["Type"]]()  # fmt: skip


def _items(described: Properties) -> list[dict[str, Any]]:
    """Documents of two items that balance; what the ledger needs is set, all else is chance."""
    made, items = random.Random(11), []
    for document, amount in enumerate(AMOUNTS, start=1):
        for item, sign in ((1, 1), (2, -1)):
            value = Decimal(amount) * sign
            items.append({name: _v2(made, d) for name, d in described.items()} | {
                "CompanyCode": "1000", "FiscalYear": "2026", "AccountingDocument": f"{document:010d}", "AccountingDocumentItem": f"{item:03d}", "Ledger": "0L",
                "GLAccount": "0021550000" if item == 1 else "0000400000", "DebitCreditCode": "S" if value >= 0 else "H", "IsNegativePosting": False,
                "AmountInCompanyCodeCurrency": format(value, "f"), "CompanyCodeCurrency": "USD", "AmountInTransactionCurrency": format(value, "f"),
                "TransactionCurrency": "USD", "AdditionalCurrency1": "", "TaxType": "", "PostingDate": _epoch(DAY), "LastChangeDate": None,
                "AccountingDocumentCreationDate": _epoch(DAY), "Quantity": made.choice([None, "0.000", "-17.000"]), ENTERED: DAY.isoformat(),
            })  # fmt: skip
    return items


def _read(tmp_path: Path, system: ODataStandIn, **more: Any) -> tuple[Extraction, list[dict[str, str]]]:
    place = place_of(tmp_path)
    source = Source.model_validate({"url": system.url, "deliver": ["line"], "start": DAY, **more})
    found = extract_day("erp", source, place, DAY, ENGINE)
    return found, delivered(place, "erp", DAY)


@pytest.mark.parametrize("sends_all", [False, True], ids=["what is asked", "all columns"])
def test_sap_s4hana(sends_all: bool, tmp_path: Path) -> None:
    described = _described(vendor_file("sap_s4hana", "API_OPLACCTGDOCITEMCUBE_SRV.edmx"), "A_OperationalAcctgDocItemCubeType")
    items = _items(described)
    with Exactly("A_OperationalAcctgDocItemCube", items, version=2, wire=dict, page=7) as system:
        system.sends_all = sends_all
        found, rows = _read(tmp_path, system, kind="sap_s4hana", credentials={"kind": "basic"}, settings={"document_key": "number"})
    unknown = found.facts["unknown_fields"]
    assert isinstance(unknown, dict)
    definition = platform("sap_s4hana").definition
    known = {*definition.streams["line"].fields, *definition.fields.values()}
    assert set(unknown.get("line", [])) == (set(described) - known if sends_all else set())
    assert len(rows) == len(items)
    by_key = {(r["document_id"], r["line_id"]): r for r in rows}
    for item in items:
        row = by_key[item["AccountingDocument"], item["AccountingDocumentItem"]]
        assert Decimal(row["amount"]) == Decimal(item["AmountInCompanyCodeCurrency"])
        assert row["account"] == item["GLAccount"]
        assert (row["posting_date"], row["currency"]) == (DAY.isoformat(), "USD")
        assert row["document_date"] == (_day(item["DocumentDate"]) if item["DocumentDate"] else None)
        for ours, theirs in {"text": "DocumentItemText", "event_id": "AssignmentReference", "member_id": "Reference1IDByBusinessPartner"}.items():
            assert row[ours] == (item[theirs] or None)
        assert row["points"] is None if Decimal(item["Quantity"] or 0) == 0 else Decimal(row["points"]) == Decimal(item["Quantity"])


def _day(epoch: str) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(re.sub(r"\D*(-?\d+)\D*", r"\1", epoch)))).date().isoformat()


# ----------------------------------------------------------------------------------------------------------- Business One
def _b1(made: random.Random, described: dict[str, str]) -> Any:
    if made.random() < 0.3:
        return None
    kind = described["Type"]
    if kind.startswith("Collection"):
        return []
    if kind.startswith("Edm.DateTime"):
        return "2026-03-31T00:00:00Z" if kind.endswith("Offset") else "2026-03-31"
    simple = {"Edm.String": lambda: _text(made, described), "Edm.Int32": lambda: made.randint(-9, 9), "Edm.Double": lambda: double(str(made.randint(1, 99)))}
    return simple[kind]() if kind in simple else made.choice(["tYES", "tNO"])


def _entries(entry: Properties, line: Properties) -> list[dict[str, Any]]:
    made, entries = random.Random(13), []
    for number, amount in enumerate(AMOUNTS, start=1):
        lines = [
            {name: _b1(made, d) for name, d in line.items()} | {
                **dict.fromkeys(("FCDebit", "FCCredit", "DebitSys", "CreditSys"), double("0.0")), "FCCurrency": None, "VatLine": "tNO", "Line_ID": n,
                "AccountCode": account, "Debit": double(amount if n == 0 else "0.0"), "Credit": double(amount if n == 1 else "0.0"),
            }
            for n, account in ((0, "0021550000"), (1, "400000"))
        ]  # fmt: skip
        entries.append({name: _b1(made, d) for name, d in entry.items()} | {
            "JdtNum": number, "Number": number, "ReferenceDate": "2026-03-31T00:00:00Z", "TaxDate": "2026-03-30", "JournalEntryLines": lines,
            ENTERED: DAY.isoformat(),
        })  # fmt: skip
    return entries


@pytest.mark.parametrize("metadata", ["servicelayer_metadata_v4.xml", "servicelayer_metadata.xml"])
def test_sap_b1(metadata: str, tmp_path: Path) -> None:
    path = vendor_file("sap_b1", metadata)
    entries = _entries(_described(path, "JournalEntry"), _described(path, "JournalEntryLine"))
    settings = {"company_db": "SBO", "company_id": "1000", "currency": "USD", "ledger_id": "main"}
    with ODataStandIn("JournalEntries", entries, version=4, wire=dict, page=4, session=True) as system:
        found, rows = _read(tmp_path, system, kind="sap_b1", credentials={"kind": "session"}, settings=settings, fields={"event_id": "Reference1"})
    assert "Reference2" in found.facts["unknown_fields"]["line"]  # type: ignore[index]
    amounts = {(r["document_id"], r["line_id"]): Decimal(r["amount"]) for r in rows}
    assert amounts == {(str(e["JdtNum"]), str(n)): Decimal(a) * (1, -1)[n] for e, a in zip(entries, AMOUNTS, strict=True) for n in (0, 1)}
    texts = {(r["document_id"], r["line_id"]): (r["text"], r["event_id"]) for r in rows}
    assert texts == {
        (str(e["JdtNum"]), str(n)): (line["LineMemo"] or e["Memo"] or None, line["Reference1"] or None)
        for e in entries for n, line in enumerate(e["JournalEntryLines"])
    }  # fmt: skip
    assert {(r["posting_date"], r["document_date"]) for r in rows} == {("2026-03-31", "2026-03-30")}
