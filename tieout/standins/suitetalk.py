"""NetSuite's SuiteTalk SOAP as a stand-in: upsertList and get of journal entries, and the search that reads lines. Judged by the account's own WSDL.

What does not belong here: SuiteQL and the record API (`netsuite`, `netsuite_writes`).
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from tieout.standins.ledger import Ledger, number_text
from tieout.standins.netsuite import CUSTOM, SECRETS
from tieout.standins.server import Asked, Reply, StandIn

_ENVELOPE = """<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:m="urn:messages_{v}.platform.webservices.netsuite.com" xmlns:c="urn:core_{v}.platform.webservices.netsuite.com"
 xmlns:s="urn:sales_{v}.transactions.webservices.netsuite.com" xmlns:p="urn:common_{v}.platform.webservices.netsuite.com"
 xmlns:g="urn:general_{v}.transactions.webservices.netsuite.com"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"""
_PAGE = 40


class SuiteTalk(StandIn):
    """An account of one version. `today` is its clock, `closed_before` its first open day; ids of accounts are their numbers with a 9 in front."""

    def __init__(self, ledger: Ledger, today: date, accounts: tuple[str, ...], version: str, schema: etree.XMLSchema) -> None:
        super().__init__()
        self.today, self.closed_before, self.version = today, date.min, version
        self._ledger, self._schema = ledger, schema
        self.ids = {"account": {a: f"9{a}" for a in accounts}, "company": {"1000": "1000"}, "currency": {"USD": "7"}}
        self.written: dict[str, etree._Element] = {}

    def answer(self, asked: Asked) -> Reply:
        if asked.target != f"/services/NetSuitePort_{self.version}" or SECRETS["consumer_key"] not in asked.body.decode():
            return Reply(404)
        envelope = etree.fromstring(asked.body)
        if not self._schema.validate(envelope):
            return Reply(500, b"<Fault><faultstring>org.xml.sax.SAXException</faultstring></Fault>")
        (asking,) = envelope.find("{*}Body")
        name = etree.QName(asking).localname
        body = {"upsertList": self._upsert, "get": self._get, "search": self._search, "searchMoreWithId": self._search}[name](asking)
        return Reply(200, _ENVELOPE.format(v=self.version, body=body).encode(), {"Content-Type": "text/xml"})

    # ------------------------------------------------------------------------------------------------------------------ records
    def _upsert(self, asking: etree._Element) -> str:
        (record,) = asking
        refusal = self._refusal(record)
        if refusal:
            entry = _status("USER_ERROR", refusal)
        else:
            number, key = self._keep(record), record.get("externalId")
            entry = f'<c:status isSuccess="true"/><m:baseRef xsi:type="c:RecordRef" internalId="{number}" externalId="{key}" type="journalEntry"/>'
        return (
            '<m:upsertListResponse><m:writeResponseList><c:status isSuccess="true"/>'
            f"<m:writeResponse>{entry}</m:writeResponse></m:writeResponseList></m:upsertListResponse>"
        )

    def _refusal(self, record: etree._Element) -> str:
        lines = [_said(line) for line in record.iterfind("{*}lineList/{*}line")]
        known = set(self.ids["account"].values())
        if any(n["account"] not in known for n in lines):
            return "Invalid account reference key"
        if sum(_amount(n) for n in lines) != 0:
            return "Please enter a value that balances"
        return "The accounting period is closed" if date.fromisoformat(_said(record)["tranDate"][:10]) < self.closed_before else ""

    def _keep(self, record: etree._Element) -> str:
        key = record.get("externalId")
        document = self.written[key].get("internalId") if key in self.written else str(8001 + len(self.written))
        self._ledger.lines = [(on, r) for on, r in self._ledger.lines if r["document_id"] != document]
        self.written[key] = record
        record.set("internalId", document)
        numbers = {v: k for k, v in self.ids["account"].items()}
        ours = {v: k for k, v in CUSTOM.items()}
        for n, line in enumerate(record.iterfind("{*}lineList/{*}line"), start=1):
            said = _said(line)
            own = {ours[f.get("scriptId")]: f[0].text or "" for f in line.iterfind("{*}customFieldList/{*}customField")}
            self._ledger.lines.append((self.today, {
                "ledger_id": "main", "company_id": "1000", "document_id": document, "line_id": str(n), "posting_date": _said(record)["tranDate"][:10],
                "account": numbers[said["account"]], "amount": number_text(str(_amount(said))), "currency": "USD", "text": said.get("memo", ""), **own,
            }))  # fmt: skip
        return document

    def _get(self, asking: etree._Element) -> str:
        (reference,) = asking
        record = self.written.get(reference.get("externalId"))
        if record is None:
            return f"<m:getResponse><m:readResponse>{_status('RCRD_DSNT_EXIST', 'That record does not exist.')}</m:readResponse></m:getResponse>"
        said = _said(record)
        lines = "".join(
            f'<g:line><g:account internalId="{n["account"]}"/>' + "".join(f"<g:{k}>{n[k]}</g:{k}>" for k in ("debit", "credit") if k in n) + "</g:line>"
            for n in map(_said, record.iterfind("{*}lineList/{*}line"))
        )
        return (
            f'<m:getResponse><m:readResponse><c:status isSuccess="true"/><m:record xsi:type="g:JournalEntry" internalId="{record.get("internalId")}" '
            f'externalId="{record.get("externalId")}"><g:tranDate>{said["tranDate"]}</g:tranDate><g:tranId>JE{record.get("internalId")}</g:tranId>'
            f'<g:lineList replaceAll="true">{lines}</g:lineList></m:record></m:readResponse></m:getResponse>'
        )

    # ------------------------------------------------------------------------------------------------------------------- search
    def _search(self, asking: etree._Element) -> str:
        name = etree.QName(asking).localname
        if name == "search":
            first, last = (date.fromisoformat(e.text[:10]) for e in asking.iter() if re.match(r"\d{4}-\d\d-\d\dT", e.text or ""))
            self._found = self._ledger.of(first, last)
        index = int(asking.findtext("{*}pageIndex") or 1)
        rows = self._found[(index - 1) * _PAGE : index * _PAGE]
        return (
            f'<m:{name}Response><c:searchResult><c:status isSuccess="true"/><c:totalRecords>{len(self._found)}</c:totalRecords><c:pageSize>{_PAGE}</c:pageSize>'
            f"<c:totalPages>{-(-len(self._found) // _PAGE)}</c:totalPages><c:pageIndex>{index}</c:pageIndex><c:searchId>WEB-1</c:searchId>"
            f"<c:searchRowList>{''.join(map(_row, rows))}</c:searchRowList></c:searchResult></m:{name}Response>"
        )


def _status(code: str, message: str) -> str:
    detail = f"<c:code>{code}</c:code><c:message>{escape(message)}</c:message>"
    return f'<c:status isSuccess="false"><c:statusDetail type="ERROR">{detail}</c:statusDetail></c:status>'


def _said(element: etree._Element) -> dict[str, Any]:
    """Plain children by local name; of a reference its internal id."""
    return {etree.QName(e).localname: e.get("internalId") or e.text for e in element if len(e) == 0}


def _amount(said: dict[str, Any]) -> Decimal:
    return Decimal(said.get("debit") or 0) - Decimal(said.get("credit") or 0)


def _row(row: dict[str, str]) -> str:
    amount = Decimal(row["amount"])
    column = "debitAmount" if amount >= 0 else "creditAmount"
    own = "".join(
        f'<c:customField xsi:type="c:SearchColumnStringCustomField" scriptId="{CUSTOM[c]}"><c:searchValue>{escape(row[c])}</c:searchValue></c:customField>'
        for c in CUSTOM
        if row.get(c) and c not in ("tax_base", "tax_jurisdiction")
    )
    memo = f"<p:memo><c:searchValue>{escape(row['text'])}</c:searchValue></p:memo>" if row.get("text") else ""
    return (
        f'<c:searchRow xsi:type="s:TransactionSearchRow"><s:basic><p:{column}><c:searchValue>{number_text(str(abs(amount)))}</c:searchValue></p:{column}>'
        f'<p:internalId><c:searchValue internalId="{row["document_id"]}"/></p:internalId><p:line><c:searchValue>{row["line_id"]}</c:searchValue></p:line>{memo}'
        f'<p:subsidiary><c:searchValue internalId="{row["company_id"]}"/></p:subsidiary>'
        f"<p:tranDate><c:searchValue>{row['posting_date']}T00:00:00.000-08:00</c:searchValue></p:tranDate>"
        f"<p:customFieldList>{own}</p:customFieldList></s:basic><s:accountJoin><p:number><c:searchValue>{row['account']}</c:searchValue></p:number></s:accountJoin>"
        "</c:searchRow>"
    )
