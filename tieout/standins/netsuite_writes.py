"""NetSuite's record API for journal entries as a stand-in: an upsert by externalId into the ledger that SuiteQL reads. Strict about what it takes.

What does not belong here: queries (`netsuite`).
"""

import json
import re
import threading
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from tieout.standins.ledger import Ledger
from tieout.standins.netsuite import CUSTOM, SECRETS, NetSuite, _error, signed_rightly
from tieout.standins.server import Asked, Reply

_RECORD = re.compile(r"/services/rest/record/v1/journalEntry/eid:([\w.-]+)")
_HEADER = {"tranDate", "subsidiary", "currency", "memo", "approved", "line"}
_LINE = {"account", "debit", "credit", "memo", *CUSTOM.values()}


class WritableNetSuite(NetSuite):
    """An account whose journal entries can be written. `today` is its clock; `closed_before` its first open day."""

    def __init__(self, ledger: Ledger, today: date, book: str = "main") -> None:
        super().__init__(ledger)
        self._lock = threading.RLock()  # type: ignore[assignment]  # a write posts while it is answered
        self.today, self.closed_before, self._book = today, date.min, book
        self._rows.execute("alter table accountingbook add column isprimary text default 'T'")
        self.written: dict[str, int] = {}

    def know(self, company: str, currency: str, *accounts: str) -> dict[str, dict[str, str]]:
        """Our names -> the ids this account knows them by."""
        symbol = self._id("currency", currency)
        return {
            "account": {a: str(self._id("account", a)) for a in accounts},
            "company": {company: str(self._id("subsidiary", company, currency=symbol))}, "currency": {currency: str(symbol)},
        }  # fmt: skip

    def answer(self, asked: Asked) -> Reply:
        found = _RECORD.fullmatch(urlsplit(asked.target).path)
        if asked.method != "PUT" or not found:
            return super().answer(asked)
        if not signed_rightly(asked, f"http://{asked.headers.get('host', '')}{asked.target}", SECRETS):
            return _error(401, "INVALID_LOGIN", "Invalid login attempt.")
        entry = json.loads(asked.body, parse_float=Decimal, parse_int=Decimal)
        refusal = self._refusal(entry)
        if refusal:
            return _error(400, "USER_ERROR", refusal)
        number = self._upsert(found[1], entry)
        host = asked.headers.get("host", "")
        return Reply(204, b"", {"Location": f"http://{host}/services/rest/record/v1/journalEntry/{number}"})

    def _refusal(self, entry: dict[str, Any]) -> str:
        """What a real account would say to it."""
        lines = entry.get("line", {}).get("items", [])
        strange = (entry.keys() - _HEADER) | {k for n in lines for k in n.keys() - _LINE}
        if strange:
            return f"Unknown reference or field: {', '.join(sorted(strange))}"
        if any(self._name("account", "acctnumber", n["account"]["id"]) is None for n in lines):
            return "Invalid value for the resource or sub-resource field 'account'. Provide a valid value."
        if any(("debit" in n) == ("credit" in n) for n in lines) or sum(n.get("debit", 0) - n.get("credit", 0) for n in lines) != 0:
            return "The debits and credits are not balanced."
        if date.fromisoformat(entry["tranDate"]) < self.closed_before:
            return "The transaction date you specified is not within the date range of your accounting period."
        return ""

    def _upsert(self, key: str, entry: dict[str, Any]) -> int:
        if key in self.written:
            for table in ("transactionline", "transactionaccountingline"):
                self._rows.execute(f'delete from {table} where "transaction" = ?', (self.written[key],))
        document = f"JE-{key[:8]}"
        company, currency = (self._name(t, c, entry[f]["id"]) for t, c, f in (("subsidiary", "name", "subsidiary"), ("currency", "symbol", "currency")))
        for number, line in enumerate(entry["line"]["items"], start=1):
            amount = line.get("debit", Decimal(0)) - line.get("credit", Decimal(0))
            own = {ours: line[theirs] for ours, theirs in CUSTOM.items() if theirs in line}
            self.post(self.today, {
                "ledger_id": self._book, "company_id": str(company), "document_id": document, "line_id": str(number), "posting_date": entry["tranDate"],
                "account": str(self._name("account", "acctnumber", line["account"]["id"])), "amount": str(amount), "currency": str(currency),
                "text": line.get("memo", ""), **own,
            })  # fmt: skip
        self.written[key] = self._ids["transaction", self._book, str(company), document]
        self._rows.execute('update "transaction" set externalid = ? where id = ?', (key, self.written[key]))
        return self.written[key]

    def _name(self, table: str, column: str, number: str) -> str | None:
        found = self._rows.execute(f"select {column} from {table} where id = ?", (number,)).fetchone()
        return found[0] if found else None
