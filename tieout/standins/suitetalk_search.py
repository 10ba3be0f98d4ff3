"""NetSuite's SuiteTalk SOAP search as a stand-in: the window and the columns it is asked for, page by page under a search id, signed passports only.

Searches hold the rows of the moment they were made, as NetSuite's do: late rows are seen by the next one. What does not belong here: writes.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from tieout.standins.ledger import Ledger, number_text
from tieout.standins.netsuite import CUSTOM, SECRETS
from tieout.standins.server import Asked, Reply, StandIn

BLOCKED = Reply(
    500,
    b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault><faultcode>soapenv:Server.userException'
    b"</faultcode><faultstring>Only one request may be made against a session at a time</faultstring><detail><code>WS_REQUEST_BLOCKED</code></detail>"
    b"</soapenv:Fault></soapenv:Body></soapenv:Envelope>",
)
"""What an account answers that is asked too much at once."""
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><m:{name} xmlns:m="urn:messages_{v}.platform.webservices.netsuite.com">'
    '<c:searchResult xmlns:c="urn:core_{v}.platform.webservices.netsuite.com" xmlns:s="urn:sales_{v}.transactions.webservices.netsuite.com" '
    'xmlns:p="urn:common_{v}.platform.webservices.netsuite.com"><c:status isSuccess="true"/><c:totalRecords>{total}</c:totalRecords>'
    "<c:pageSize>{size}</c:pageSize><c:totalPages>{pages}</c:totalPages><c:pageIndex>{index}</c:pageIndex><c:searchId>{search}</c:searchId>"
    "<c:searchRowList>{rows}</c:searchRowList></c:searchResult></m:{name}></soapenv:Body></soapenv:Envelope>"
)


class SuiteTalkSearch(StandIn):
    """An account of one version of the WSDL that holds a ledger."""

    def __init__(self, ledger: Ledger, version: str) -> None:
        super().__init__()
        self.version, self._ledger = version, ledger
        self._searches: dict[str, tuple[list[str], int]] = {}

    def answer(self, asked: Asked) -> Reply:
        if asked.target != f"/services/NetSuitePort_{self.version}" or asked.method != "POST":
            return Reply(404)
        envelope = etree.fromstring(asked.body)
        passport = {etree.QName(e).localname: e.text or "" for e in envelope.iterfind(".//{*}tokenPassport/{*}*")}
        if not _signed_rightly(passport):
            return Reply(500, BLOCKED.body.replace(b"WS_REQUEST_BLOCKED", b"INVALID_LOGIN_CREDENTIALS"))
        asking = envelope.find("{*}Body/*")
        if asking is None or etree.QName(asking).localname not in ("search", "searchMoreWithId"):
            return Reply(404)
        index = int(asking.findtext("{*}pageIndex") or "1")
        search = asking.findtext("{*}searchId") or self._search(envelope, asking)
        if search not in self._searches:
            return Reply(500, BLOCKED.body.replace(b"WS_REQUEST_BLOCKED", b"INVALID_SEARCH_ID"))
        rows, size = self._searches[search]
        body = _ENVELOPE.format(
            name=f"{etree.QName(asking).localname}Response", v=self.version, total=len(rows), size=size, pages=-(-len(rows) // size), index=index,
            search=search, rows="".join(rows[(index - 1) * size : index * size]),
        )  # fmt: skip
        return Reply(200, body.encode(), {"Content-Type": "text/xml; charset=utf-8"})

    def _search(self, envelope: etree._Element, asking: etree._Element) -> str:
        within = asking.find(".//{*}lastModifiedDate[@operator='within']")
        first, last = (date.fromisoformat((e.text or "")[:10]) for e in within) if within is not None else (date.min, date.max)
        columns = asking.find(".//{*}columns/{*}basic")
        asked_for = [etree.QName(e).localname for e in columns] if columns is not None else []
        custom = [str(e.get("scriptId")) for e in asking.iterfind(".//{*}columns//{*}customField")]
        numbers = {key: n for n, key in enumerate(dict.fromkeys(_document(r) for _, r in self._ledger.lines), start=1)}
        rows = []
        for unique, (entered, row) in enumerate(self._ledger.lines, start=1):
            if first <= entered <= last:
                known = {**_basic(row, entered), "internalId": f"@{numbers[_document(row)]}", "lineUniqueKey": str(unique)}
                rows.append(_row(known, asked_for, row, custom))
        size = int(envelope.findtext(".//{*}pageSize") or "1000")
        search = f"WEBSERVICES_{len(self._searches) + 1}"
        self._searches[search] = (rows, size)
        return search


def version_of(wsdl: Path) -> str:
    """The version a WSDL is of, as its namespaces say it."""
    return str(re.findall(r"platform_(\d{4}_\d)", wsdl.read_text(encoding="utf-8"))[0])


def _document(row: Mapping[str, str]) -> tuple[str, ...]:
    return row["ledger_id"], row["company_id"], row["document_id"]


def _basic(row: Mapping[str, str], entered: date) -> dict[str, str]:
    """Search columns by name; @ before the id of a reference."""
    amount = Decimal(row["amount"])
    return {
        ("debitAmount" if amount >= 0 else "creditAmount"): number_text(str(abs(amount))), "isReversal": row.get("is_reversal") or "false",
        "lastModifiedDate": f"{entered}T23:15:00.000-08:00", "line": row["line_id"], "memo": row.get("text", ""),
        "reversalNumber": row.get("reverses_document_id", ""), "subsidiary": f"@{row['company_id']}", "taxLine": row.get("is_tax_line") or "false",
        "tranDate": f"{row['posting_date']}T23:00:00.000-08:00", "tranId": row["document_id"], "type": "_journal",
    }  # fmt: skip


def _row(known: Mapping[str, str], columns: list[str], row: Mapping[str, str], custom: list[str]) -> str:
    ours = {theirs: column for column, theirs in CUSTOM.items()}
    cells = "".join(_cell(c, known.get(c, "")) for c in columns if c != "customFieldList")
    kind = 'xsi:type="c:SearchColumnStringCustomField"'
    fields = "".join(
        f"<c:customField {kind} scriptId={quoteattr(n)}><c:searchValue>{escape(row[ours[n]])}</c:searchValue></c:customField>"
        for n in custom
        if row.get(ours.get(n, ""))
    )
    return (
        f'<c:searchRow xsi:type="s:TransactionSearchRow"><s:basic>{cells}{f"<p:customFieldList>{fields}</p:customFieldList>" if fields else ""}</s:basic>'
        f"<s:accountJoin>{_cell('number', row['account'])}</s:accountJoin>"
        f"<s:accountingPeriodJoin>{_cell('periodName', _period(row))}</s:accountingPeriodJoin></c:searchRow>"
    )


def _period(row: Mapping[str, str]) -> str:
    return date.fromisoformat(row["posting_date"]).strftime("%b %Y")


def _cell(name: str, value: str) -> str:
    if not value:
        return ""
    inner = f"<c:searchValue internalId={quoteattr(value[1:])}/>" if value.startswith("@") else f"<c:searchValue>{escape(value)}</c:searchValue>"
    return f"<p:{name}>{inner}</p:{name}>"


def _signed_rightly(passport: Mapping[str, str]) -> bool:
    given = [passport.get(n, "") for n in ("account", "consumerKey", "token", "nonce", "timestamp")]
    if given[:3] != [SECRETS["account"], SECRETS["consumer_key"], SECRETS["token_id"]]:
        return False
    key = f"{SECRETS['consumer_secret']}&{SECRETS['token_secret']}".encode()
    expected = base64.b64encode(hmac.new(key, "&".join(given).encode(), hashlib.sha256).digest()).decode()
    return hmac.compare_digest(expected, passport.get("signature", ""))
