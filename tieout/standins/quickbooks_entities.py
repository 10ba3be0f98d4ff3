"""QuickBooks Online's query endpoint as a stand-in: journal entries and accounts, by select statement, in pages, with what is empty left out.

What belongs here: the statements the vendor allows, entries with tax lines and custom fields. What does not: the report, tokens (`quickbooks`).
"""

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tieout.standins.ledger import Ledger, number_text
from tieout.standins.quickbooks import QuickBooks
from tieout.standins.server import Asked, Reply

_OURS = ("event_id", "batch_id", "order_id", "member_id", "programme_id", "points", "tax_jurisdiction")
FIELDS = {c: f"CustomField[Name=loyalty_{c}]/StringValue" for c in _OURS}
"""Where this company's lines hold our columns."""
_SELECT = re.compile(
    r"select (?P<what>\*|count\(\*\)) from (?P<entity>\w+)(?: where (?P<where>.+?))?(?: orderby Id)?(?: startposition (?P<at>\d+))?"
    r"(?: maxresults (?P<size>\d+))?",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"MetaData\.LastUpdatedTime (>=|<) '(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[+-]\d\d:\d\d'")
_MOST = 1000
SECRETS = {"token": "at-standin-0"}


class QuickBooksEntities(QuickBooks):
    """A company that answers queries, and its report as well."""

    def __init__(self, ledger: Ledger, realm: str = "9130") -> None:
        super().__init__(ledger, realm)
        self.entries: list[dict[str, Any]] = []
        self.deleted: list[dict[str, Any]] = []
        self.accounts: dict[str, str] = {}
        self.rates: dict[tuple[str, str], str] = {}
        for entered, row in ledger.lines:
            self.post(entered, row)

    def post(self, entered: date, row: Mapping[str, str]) -> None:
        """A line becomes part of its entry, which was last changed on that day."""
        self.accounts.setdefault(row["account"], str(len(self.accounts) + 1))
        entry = next((e for e in reversed(self.entries) if e["DocNumber"] == row["document_id"]), None)
        if entry is None:
            entry = _entry(str(len(self.entries) + 1), row)
            self.entries.append(entry)
        entry["MetaData"] = {"CreateTime": f"{entered}T14:05:11-08:00", "LastUpdatedTime": f"{entered}T14:05:11-08:00"}
        if row.get("is_tax_line") == "true":
            rate = self.rates.setdefault((row["account"], row.get("tax_jurisdiction", "")), str(len(self.rates) + 1))
            entry.setdefault("TxnTaxDetail", {"TaxLine": []})["TaxLine"].append(_tax_line(row, rate))
        else:
            entry["Line"].append(_line(row, self.accounts[row["account"]]))
        for line in entry["Line"]:  # what is taxed carries the order, not the tax
            line.update({} if "CustomField" in line else {k: v for t in _taxes(entry) for k, v in t.items() if k == "CustomField"})

    def settings(self, ledger: Ledger) -> dict[str, str]:
        """What books say of this company."""
        first = ledger.lines[0][1]
        rates = ",".join(f"{rate}={account}={jurisdiction}" for (account, jurisdiction), rate in self.rates.items())
        return {
            "realm": self._realm, "company_id": first["company_id"], "ledger_id": first["ledger_id"], "currency": first["currency"],
            "document_key": "doc_number", "account_key": "number", "zone": "-08:00", "tax_rates": rates or "none",
            "deleted": "stop" if len(self.entries) < _MOST else "accept",
        }  # fmt: skip

    def answer(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.target)
        company = f"/v3/company/{self._realm}"
        if parts.path not in (f"{company}/query", f"{company}/cdc"):
            return super().answer(asked)
        if asked.headers.get("authorization") != f"Bearer at-standin-{self._grants}":
            return Reply(401, b'{"fault":{"error":[{"message":"AuthenticationFailed"}]}}')
        if parts.path.endswith("/cdc"):
            return self._changes(parse_qs(parts.query)["changedSince"][0])
        found = _SELECT.fullmatch(parse_qs(parts.query)["query"][0])
        if found is None or found["entity"] not in ("JournalEntry", "Account"):
            return Reply(400, b'{"Fault":{"Error":[{"Message":"Error parsing query"}],"type":"ValidationFault"}}')
        rows = self._entries(found["where"] or "") if found["entity"] == "JournalEntry" else self._accounts()
        if found["what"] != "*":
            return _answered({"totalCount": len(rows)})
        first, size = int(found["at"] or 1) - 1, min(int(found["size"] or 100), _MOST)
        page = rows[first : first + size]
        return _answered({found["entity"]: page, "startPosition": first + 1, "maxResults": len(page)} if page else {})

    def delete(self, document: str, on: date) -> None:
        """Someone deletes an entry: queries do not know it any more."""
        gone = next(e for e in self.entries if e["DocNumber"] == document)
        self.entries.remove(gone)
        self.deleted.append({"domain": "QBO", "status": "Deleted", "Id": gone["Id"], "MetaData": {"LastUpdatedTime": f"{on}T14:05:11-08:00"}})

    def _changes(self, since: str) -> Reply:
        changed = [e for e in (*self.deleted, *self.entries) if e["MetaData"]["LastUpdatedTime"][:19] >= since[:19]][:_MOST]
        listed = {"JournalEntry": changed, "startPosition": 1, "maxResults": len(changed)} if changed else {}
        return _written({"CDCResponse": [{"QueryResponse": [listed]}], "time": "2026-04-01T06:00:00.000-07:00"})

    def _entries(self, where: str) -> list[dict[str, Any]]:
        bounds = _CONDITION.findall(where)

        def fits(changed: str) -> bool:
            return all(changed[:19] >= at if how == ">=" else changed[:19] < at for how, at in bounds)

        return [e for e in self.entries if fits(e["MetaData"]["LastUpdatedTime"])]

    def _accounts(self) -> list[dict[str, Any]]:
        return [{"Id": i, "AcctNum": n, "Name": f"Account {n}", "Active": True, "domain": "QBO", "sparse": False} for n, i in self.accounts.items()]


def _entry(number: str, row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "Adjustment": False, "domain": "QBO", "sparse": False, "Id": number, "SyncToken": "0", "DocNumber": row["document_id"], "TxnDate": row["posting_date"],
        "CurrencyRef": {"value": row["currency"], "name": row["currency"]}, "ExchangeRate": 1, "Line": [],
    }  # fmt: skip


def _line(row: Mapping[str, str], account: str) -> dict[str, Any]:
    amount = Decimal(row["amount"])
    detail = {"PostingType": "Debit" if amount >= 0 else "Credit", "AccountRef": {"value": account, "name": f"Account {row['account']}"}}
    custom = _custom(row)
    text = {"Description": row["text"]} if row.get("text") else {}
    return {
        "Id": row["line_id"],
        **text,
        "Amount": _Number(str(abs(amount))),
        "DetailType": "JournalEntryLineDetail",
        "JournalEntryLineDetail": detail,
        **custom,
    }


def _taxes(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = entry.get("TxnTaxDetail", {}).get("TaxLine", [])
    return found


def _tax_line(row: Mapping[str, str], rate: str) -> dict[str, Any]:
    detail = {"TaxRateRef": {"value": rate}, "PercentBased": True, "NetAmountTaxable": _Number(row.get("tax_base") or "0")}
    return {"Id": row["line_id"], "Amount": _Number(str(abs(Decimal(row["amount"])))), "DetailType": "TaxLineDetail", "TaxLineDetail": detail, **_custom(row)}


def _custom(row: Mapping[str, str]) -> dict[str, Any]:
    """Custom fields of a line, where it has any."""
    given = [(c, row[c]) for c in FIELDS if row.get(c)]
    fields = [{"DefinitionId": str(n), "Name": f"loyalty_{c}", "Type": "StringType", "StringValue": v} for n, (c, v) in enumerate(given, start=1)]
    return {"CustomField": fields} if fields else {}


class _Number(str):
    """A JSON number with the digits it has."""

    __slots__ = ()


def _answered(response: Mapping[str, Any]) -> Reply:
    return _written({"QueryResponse": dict(response), "time": "2026-04-01T06:00:00.000-07:00"})


def _written(answer: Mapping[str, Any]) -> Reply:
    """Numbers stand in the answer as they are written, without a double on the way."""
    numbers: list[str] = []

    def marked(value: Any) -> Any:
        if isinstance(value, _Number):
            numbers.append(number_text(value))
            return f"\x00{len(numbers) - 1}\x00"
        if isinstance(value, dict):
            return {k: marked(v) for k, v in value.items()}
        return [marked(v) for v in value] if isinstance(value, list) else value

    written = re.sub(r'"\\u0000(\d+)\\u0000"', lambda m: numbers[int(m[1])], json.dumps(marked(dict(answer))))
    return Reply(200, written.encode(), {"Content-Type": "application/json"})
