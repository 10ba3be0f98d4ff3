"""SAP S/4HANA's journal entry post as a stand-in: SOAP judged by the vendor's own schemas in, items of OData out. Errors come inside an answer of status 200.

What does not belong here: OData (`odata`), what an item looks like (`odata_vendors`).
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from tieout.standins.ledger import Ledger
from tieout.standins.odata_vendors import sap_s4hana
from tieout.standins.server import Asked, Reply, StandIn

_PATH = "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi"
_ANSWER = """<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>
<s:JournalEntryBulkCreateConfirmation xmlns:s="http://sap.com/xi/SAPSCORE/SFIN"><MessageHeader><CreationDateTime>2026-04-01T06:00:00Z</CreationDateTime></MessageHeader>
<JournalEntryCreateConfirmation><MessageHeader><CreationDateTime>2026-04-01T06:00:00Z</CreationDateTime></MessageHeader>
<JournalEntryCreateConfirmation><AccountingDocument>{document}</AccountingDocument><CompanyCode>{company}</CompanyCode><FiscalYear>{year}</FiscalYear>
</JournalEntryCreateConfirmation><Log><MaximumLogItemSeverityCode>{severity}</MaximumLogItemSeverityCode>
<Item><TypeID>605(RW)</TypeID><SeverityCode>{severity}</SeverityCode><Note>{note}</Note></Item></Log></JournalEntryCreateConfirmation>
<Log/></s:JournalEntryBulkCreateConfirmation></soap:Body></soap:Envelope>"""


class WritableS4(StandIn):
    """A system that takes journal entries and shows them. `schema` judges what comes in; `closed_before` is its first open day."""

    def __init__(self, ledger: Ledger, today: date, accounts: tuple[str, ...], schema: etree.XMLSchema, book: str = "main") -> None:
        super().__init__()
        self.today, self.closed_before, self._accounts, self._schema, self._book = today, date.min, accounts, schema, book
        self._ledger, self._reader = ledger, sap_s4hana(ledger)
        self.references: dict[str, str] = {}

    @property
    def records(self) -> list[dict[str, Any]]:
        return self._reader.records

    def answer(self, asked: Asked) -> Reply:
        if asked.method != "POST" or asked.target != _PATH:
            return self._reader.answer(asked)
        if not self._reader._lets_in(asked):
            return Reply(401)
        envelope = etree.fromstring(asked.body)
        if not self._schema.validate(envelope):
            return Reply(500, b"<Fault><faultstring>Web service processing error</faultstring></Fault>")
        entry = envelope.find(".//{*}JournalEntryCreateRequest/JournalEntry")
        said = {e.tag: e.text or "" for e in entry if len(e) == 0}
        items = [{e.tag: e.text or "" for e in item} for item in entry.findall("Item")]
        refusal = self._refusal(said, items)
        document = "0000000000" if refusal else self._post(said, items, entry.find("Item/AmountInTransactionCurrency").get("currencyCode"))
        severity, note = ("3", refusal) if refusal else ("1", f"Document posted successfully: BKPFF {document}")
        content = _ANSWER.format(document=document, company=said["CompanyCode"], year=said["PostingDate"][:4], severity=severity, note=note).encode()
        return Reply(200, content, {"Content-Type": "text/xml; charset=utf-8"})

    def _refusal(self, said: dict[str, str], items: list[dict[str, str]]) -> str:
        strange = [i["GLAccount"] for i in items if i["GLAccount"] not in self._accounts]
        if strange:
            return f"G/L account {strange[0]} is not defined in chart of accounts"
        if sum(Decimal(i["AmountInTransactionCurrency"]) for i in items) != 0:
            return "Balance in transaction currency"
        wrong = [i for i in items if (Decimal(i["AmountInTransactionCurrency"]) < 0) != (i["DebitCreditCode"] == "H")]
        if wrong:
            return "Debit/credit indicator does not agree with the sign"
        return "Posting period is not open" if date.fromisoformat(said["PostingDate"]) < self.closed_before else ""

    def _post(self, said: dict[str, str], items: list[dict[str, str]], currency: str) -> str:
        document = f"{1900000001 + len(self.references):010d}"
        for number, item in enumerate(items, start=1):
            self._ledger.lines.append((self.today, {
                "ledger_id": self._book, "company_id": said["CompanyCode"], "document_id": document, "line_id": str(number),
                "posting_date": said["PostingDate"], "document_date": said["DocumentDate"], "account": item["GLAccount"],
                "amount": item["AmountInTransactionCurrency"], "currency": currency, "event_id": item.get("AssignmentReference", ""),
                "points": item.get("QuantityInEntryUnit", ""), "text": item.get("DocumentItemText", ""),
            }))  # fmt: skip
        self.references[document] = re.sub(r"\s", "", said.get("DocumentReferenceID", "")).upper()
        self._reader.records = sap_s4hana(self._ledger).records
        for record in self._reader.records:
            record["DocumentReferenceID"] = self.references.get(record["AccountingDocument"], "")
        return document
