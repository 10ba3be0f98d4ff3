"""QuickBooks Online's JournalEntry as a stand-in: created into the ledger the report shows, answered again for a requestid it knows, found by query.

What does not belong here: the report (`quickbooks`).
"""

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tieout.standins.ledger import Ledger, number_text
from tieout.standins.quickbooks import QuickBooks
from tieout.standins.server import Asked, Reply

_QUERY = re.compile(r"select \* from JournalEntry where TxnDate = '(\d{4}-\d\d-\d\d)' maxresults (\d+)")
_HEADER = {"TxnDate", "DocNumber", "PrivateNote", "CurrencyRef", "Line"}
_LINE = {"DetailType", "Amount", "Description", "JournalEntryLineDetail"}


class WritableQuickBooks(QuickBooks):
    """A company that takes journal entries. `closed_before` is its first open day."""

    def __init__(self, ledger: Ledger, today: date, accounts: tuple[str, ...], company: str = "1000", book: str = "accrual") -> None:
        super().__init__(ledger)
        self.today, self.closed_before, self._accounts, self._company, self._book = today, date.min, accounts, company, book
        self.entries: list[dict[str, Any]] = []
        self._replies: dict[str, Reply] = {}

    def answer(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.target)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        ours = {f"/v3/company/{self._realm}/journalentry": self._create, f"/v3/company/{self._realm}/query": self._select}.get(parts.path)
        if ours is None:
            return super().answer(asked)
        if asked.headers.get("authorization") != f"Bearer at-standin-{self._grants}":
            return Reply(401, b'{"fault":{"error":[{"message":"AuthenticationFailed"}]}}')
        return ours(asked, query)

    def _select(self, asked: Asked, query: dict[str, str]) -> Reply:
        found = _QUERY.fullmatch(query.get("query", ""))
        if asked.method != "GET" or not found:
            return _fault("4000", "Error parsing query")
        rows = [e for e in self.entries if e["TxnDate"] == found[1]][: int(found[2])]
        return _answer({"QueryResponse": {"JournalEntry": rows, "startPosition": 1, "maxResults": len(rows)} if rows else {}, "time": "2026-04-01T00:00:00Z"})

    def _create(self, asked: Asked, query: dict[str, str]) -> Reply:
        request = query.get("requestid", "")
        if asked.method != "POST" or not 0 < len(request) <= 50:
            return _fault("2010", "Request has invalid or unsupported property")
        if request not in self._replies:
            self._replies[request] = self._created(json.loads(asked.body, parse_float=Decimal, parse_int=Decimal), query)
        return self._replies[request]

    def _created(self, entry: dict[str, Any], query: dict[str, str]) -> Reply:
        refusal = self._refusal(entry, query)
        if refusal:
            return _fault(*refusal)
        number = str(501 + len(self.entries))
        kept = {**entry, "Id": number, "SyncToken": "0", "Line": [{"Id": str(n), **line} for n, line in enumerate(entry["Line"])]}
        self.entries.append(json.loads(json.dumps(kept, default=str)))
        for n, line in enumerate(entry["Line"], start=1):
            detail = line["JournalEntryLineDetail"]
            sign = -1 if detail["PostingType"] == "Credit" else 1
            self._ledger.lines.append((self.today, {
                "ledger_id": self._book, "company_id": self._company, "document_id": number, "line_id": str(n), "posting_date": entry["TxnDate"],
                "account": detail["AccountRef"]["value"], "amount": number_text(str(sign * line["Amount"])), "currency": entry["CurrencyRef"]["value"],
                "event_id": entry.get("DocNumber", ""), "text": line.get("Description", ""),
            }))  # fmt: skip
        return _answer({"JournalEntry": self.entries[-1], "time": "2026-04-01T00:00:00Z"})

    def _refusal(self, entry: dict[str, Any], query: dict[str, str]) -> tuple[str, str] | None:
        lines = entry.get("Line", [])
        details = [n.get("JournalEntryLineDetail", {}) for n in lines]
        if entry.keys() - _HEADER or any(n.keys() - _LINE or n.get("DetailType") != "JournalEntryLineDetail" for n in lines):
            return "2010", "Request has invalid or unsupported property"
        if len(entry.get("DocNumber", "")) > 21 or len(entry.get("PrivateNote", "")) > 4000:
            return "2050", "String length is either shorter or longer than supported by specification"
        if entry.get("DocNumber") in {e.get("DocNumber") for e in self.entries} - {None} and query.get("include") != "allowduplicatedocnum":
            return "6140", "Duplicate Document Number Error"
        if any(d["AccountRef"]["value"] not in self._accounts for d in details):
            return "2500", "Invalid Reference Id: Accounts element id not found"
        if sum(n["Amount"] * (1 if d["PostingType"] == "Debit" else -1) for n, d in zip(lines, details, strict=True)) or any(n["Amount"] <= 0 for n in lines):
            return "6070", "Amount is not equal to the sum of all line amounts: debits must equal credits"
        return ("6210", "The account period has closed") if date.fromisoformat(entry["TxnDate"]) < self.closed_before else None


def _answer(body: dict[str, Any]) -> Reply:
    return Reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"})


def _fault(code: str, detail: str) -> Reply:
    body = {"Fault": {"Error": [{"Message": "A business validation error", "Detail": detail, "code": code}], "type": "ValidationFault"}}
    return Reply(400, json.dumps(body).encode(), {"Content-Type": "application/json"})
