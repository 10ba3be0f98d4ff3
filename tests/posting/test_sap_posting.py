"""SAP S/4HANA: what only it does (C5). Bodies judged by the vendor's WSDL before they leave, errors inside an answer of status 200, keys in upper case."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from connectors.posting.protocol import Result
from connectors.soap.description import description
from tests.extraction.vendor_files import vendor_file
from tests.posting.adjustments import ENTRY, D, another, desk
from tests.posting.vendors import OPEN, Bench, Held
from tieout.standins.server import Fault


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bench]:
    with OPEN["sap_s4hana"](monkeypatch, tmp_path, Held()) as made:
        yield made


def sent(bench: Bench) -> etree._Element:
    (envelope,) = [a.body for a in bench.system.asked if bench.write in a.body.decode()]
    return etree.fromstring(envelope)


def test_the_envelope_fits_the_vendors_schema_and_says_what_it_must(bench: Bench) -> None:
    bench.desk.post()
    envelope = sent(bench)
    schema = description(vendor_file("sap_s4hana", "JOURNALENTRYCREATEREQUESTCONFI.wsdl"), "any").schema
    assert schema.validate(envelope), schema.error_log
    (entry,) = envelope.iter("JournalEntry")
    said = {e.tag: e.text for e in entry if len(e) == 0}
    assert said == {
        "OriginalReferenceDocumentType": "BKPFF", "BusinessTransactionType": "RFBU", "AccountingDocumentType": "SA", "DocumentReferenceID": "0123456789ABCDEF",
        "DocumentHeaderText": "tieout 0123456789abcdef", "CreatedByUser": "TIEOUT", "CompanyCode": "1000", "DocumentDate": "2026-03-31",
        "PostingDate": "2026-03-31",
    }  # fmt: skip
    amounts = [(i.findtext("GLAccount"), i.findtext("AmountInTransactionCurrency"), i.findtext("DebitCreditCode")) for i in entry.iter("Item")]
    assert amounts == [("0021550000", "-9.10", "H"), ("400000", "9.10", "S")]
    assert [i.findtext("QuantityInEntryUnit") for i in entry.iter("Item")] == ["-910", None]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"event_id": "A" * 19}, "longer than the 18"),
        ({"company_id": "10000"}, "longer than the 4"),
        ({"lines": (replace(ENTRY.lines[0], account="1" * 11), ENTRY.lines[1])}, "longer than the 10"),
        ({"currency": "US"}, "is not one of the ledger's"),
        ({"lines": (replace(ENTRY.lines[0], points=D("0.1234567890123456789")), ENTRY.lines[1])}, "does not fit the WSDL"),
    ],
)
def test_what_does_not_fit_never_leaves(bench: Bench, changed: dict[str, object], said: str) -> None:
    prepared = bench.desk.gateway.prepare(another(1, **changed))
    assert [o for o in prepared.objections if said in o], prepared.objections
    assert (prepared.drafts, bench.system.asked) == ((), [])


def test_a_setting_that_does_not_fit_the_wsdl_is_told_by_rule_and_not_by_value(bench: Bench, tmp_path: Path) -> None:
    wsdl = str(vendor_file("sap_s4hana", "JOURNALENTRYCREATEREQUESTCONFI.wsdl"))
    other = desk("sap_s4hana", bench.system.url, {"kind": "basic"}, tmp_path, {"settings": {"wsdl": wsdl, "user": "TIEOUT", "document_type": "SECRETS"}})
    (told,) = other.gateway.prepare(ENTRY).objections
    assert "does not fit the WSDL" in told
    assert "SECRETS" not in told


def test_an_error_in_an_answer_of_status_200_is_a_refusal(bench: Bench) -> None:
    refused = bench.desk.post(another(4, lines=(replace(ENTRY.lines[0], account="999999"), ENTRY.lines[1])))
    assert (refused.result, refused.document) == (Result.REJECTED, "")
    assert refused.detail == "journal entry: G/L account 999999 is not defined in chart of accounts"


def test_a_document_named_beside_an_error_is_looked_up_not_believed(bench: Bench) -> None:
    bench.system.faults = [Fault(mutate=lambda b: b.replace(b"SeverityCode>1<", b"SeverityCode>3<"), only=bench.write)]
    found = bench.desk.post()
    assert (found.result, bench.documents()) == (Result.CREATED, 1)
    assert "it names document 1900000001, but it reports severity 3; found by our key" in found.detail
    bench.system.faults = [Fault(mutate=lambda b: b.replace(b"AccountingDocument>", b"Document>"), only=bench.write)]
    strange = bench.desk.post(another(6))
    assert strange.result is Result.UNKNOWN
    assert "does not fit the system's own schema" in strange.detail


def test_a_document_posted_twice_is_told(bench: Bench) -> None:
    bench.desk.post()
    for record in [r for r in bench.system.records if r["DocumentReferenceID"]]:  # type: ignore[attr-defined]
        bench.system.records.append({**record, "AccountingDocument": "1900000099"})  # type: ignore[attr-defined]
    found = bench.desk.post()
    assert found.result is Result.REJECTED
    assert "it is there 2 times, as 1900000001;1900000099" in found.detail
