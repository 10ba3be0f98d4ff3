"""Writing to the OData vendors as stand-ins: SAP Business One, Business Central, Dynamics 365 Finance. What is posted is in the ledger their reading shows.

What does not belong here: reading (`odata`), what records look like (`odata_vendors`).
"""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tieout.standins import odata_vendors
from tieout.standins.ledger import Ledger, number_text
from tieout.standins.odata import ODataStandIn, matches
from tieout.standins.server import Asked, Reply, StandIn

Body = dict[str, Any]


class WritableOData(StandIn):
    """A reader and what is written behind it. `today` is its clock, `closed_before` its first open day."""

    make: Callable[[Ledger], ODataStandIn]
    fields: dict[str, str]
    """Our column -> the vendor's field on a written line."""

    def __init__(self, ledger: Ledger, today: date, accounts: tuple[str, ...], book: str = "main") -> None:
        super().__init__()
        self.today, self.closed_before, self._accounts, self._book, self._ledger = today, date.min, accounts, book, ledger
        self.reader = type(self).make(ledger)
        self.documents: list[str] = []

    def answer(self, asked: Asked) -> Reply:
        path = urlsplit(asked.target).path
        if path.endswith("/token"):
            return _json({"access_token": "at-standin-odata", "expires_in": 3600})
        if path.endswith("/Login"):
            return self.reader.answer(asked)
        if not self.reader._lets_in(asked):
            return Reply(401, b'{"error":{"code":"401","message":"Unauthorized"}}')
        query = {k: v[0] for k, v in parse_qs(urlsplit(asked.target).query).items()}
        reply = self.write(path, asked, query)
        return self.reader.answer(asked) if reply is None else reply

    def write(self, path: str, asked: Asked, query: dict[str, str]) -> Reply | None:
        """The answer to a request that is not the reader's."""
        raise NotImplementedError

    def refusal(self, lines: list[tuple[str, Decimal]], on: str) -> str:
        """What any ledger says to lines of (account, signed amount)."""
        strange = [a for a, _ in lines if a not in self._accounts]
        if strange:
            return f"The account {strange[0]} does not exist"
        if sum((m for _, m in lines), Decimal(0)) != 0:
            return "The entry is out of balance"
        return "The posting period is closed" if date.fromisoformat(on[:10]) < self.closed_before else ""

    def enter(self, document: str, on: str, lines: list[tuple[str, Decimal, str, Body]]) -> None:
        """Lines of (account, amount, text, body) become part of the ledger."""
        for number, (account, amount, text, body) in enumerate(lines, start=1):
            own = {ours: str(body[theirs]) for ours, theirs in type(self).fields.items() if body.get(theirs)}
            self._ledger.lines.append((self.today, {
                "ledger_id": self._book, "company_id": "1000", "document_id": document, "line_id": str(number), "posting_date": on[:10],
                "document_date": on[:10], "account": account, "amount": number_text(str(amount)), "currency": "USD", "text": text, **own,
            }))  # fmt: skip
        self.documents.append(document)
        self.reader.records = type(self).make(self._ledger).records


class WritableB1(WritableOData):
    """SAP Business One: one call makes the whole entry."""

    make = staticmethod(odata_vendors.sap_b1)
    fields = odata_vendors.B1_FIELDS
    _header = frozenset({"ReferenceDate", "TaxDate", "DueDate", "Memo", "Reference3", "JournalEntryLines"})

    def __init__(self, ledger: Ledger, today: date, accounts: tuple[str, ...], book: str = "main") -> None:
        super().__init__(ledger, today, accounts, book)
        self._references: dict[int, str] = {}

    def write(self, path: str, asked: Asked, query: dict[str, str]) -> Reply | None:
        if asked.method != "POST":
            return None
        entry = json.loads(asked.body, parse_float=Decimal, parse_int=Decimal)
        lines = entry["JournalEntryLines"]
        strange = entry.keys() - self._header | {k for n in lines for k in n.keys() - {"AccountCode", "Debit", "Credit", "LineMemo", *self.fields.values()}}
        if strange or len(entry.get("Memo", "")) > 50:
            return _error(400, f"Property '{min(strange, default='Memo')}' of 'JournalEntry' is invalid")
        rows = [(n["AccountCode"], n.get("Debit", Decimal(0)) - n.get("Credit", Decimal(0)), n.get("LineMemo", ""), n) for n in lines]
        refusal = self.refusal([r[:2] for r in rows], entry["ReferenceDate"])
        if refusal:
            return _error(400, refusal)
        self.enter(str(9000 + len(self.documents) + 1), entry["ReferenceDate"], rows)
        made = self.reader.records[-1]
        self._references[made["JdtNum"]] = entry["Reference3"]
        for record in self.reader.records:
            record["Reference3"] = self._references.get(record["JdtNum"], "")
        return _json(made, 201)


class WritableBC(WritableOData):
    """Business Central: journals, their lines, and an action that posts them all or none."""

    make = staticmethod(odata_vendors.business_central)
    fields = odata_vendors.BC_FIELDS
    _line = frozenset({"accountNumber", "postingDate", "documentNumber", "externalDocumentNumber", "amount", "description"})

    def __init__(self, ledger: Ledger, today: date, accounts: tuple[str, ...], book: str = "main") -> None:
        super().__init__(ledger, today, accounts, book)
        self.journals: dict[str, Body] = {}
        self.lines: dict[str, list[Body]] = {}

    def write(self, path: str, asked: Asked, query: dict[str, str]) -> Reply | None:
        found = re.fullmatch(r".*/companies\(c-1\)/journals(?:\(([\w-]+)\)/(\w+(?:\.NAV\.post)?))?", path)
        if not found:
            return None
        journal, part = found[1], found[2]
        if journal and journal not in self.journals:
            return _error(404, "The journal does not exist")
        rows = self.lines[journal] if journal else list(self.journals.values())
        if asked.method == "GET":
            return _json({"value": [r for r in rows if matches(query.get("$filter", ""), r)]})
        if part == "Microsoft.NAV.post":
            return self._posted(journal)
        body = json.loads(asked.body, parse_float=Decimal, parse_int=Decimal)
        return self._line_added(journal, body) if part else self._journal_added(body)

    def _journal_added(self, body: Body) -> Reply:
        code = body["code"].upper()
        if len(code) > 10 or any(j["code"] == code for j in self.journals.values()):
            return _error(400, "The record in table Gen. Journal Batch already exists")
        made = {"id": f"j-{len(self.journals) + 1}", "code": code, "displayName": body["displayName"]}
        self.journals[made["id"]], self.lines[made["id"]] = made, []
        return _json(made, 201)

    def _line_added(self, journal: str, body: Body) -> Reply:
        strange = body.keys() - self._line - set(self.fields.values())
        if strange or len(body["documentNumber"]) > 20 or len(body["description"]) > 100:
            return _error(400, f"The property '{min(strange, default='documentNumber')}' is not valid")
        codes = {k: body[k].upper() for k in ("documentNumber", "externalDocumentNumber")}
        self.lines[journal].append({**body, **codes, "amount": number_text(str(body["amount"]))})
        return _json({"id": f"l-{len(self.lines[journal])}", **self.lines[journal][-1]}, 201)

    def _posted(self, journal: str) -> Reply:
        lines = self.lines[journal]
        rows = [(n["accountNumber"], Decimal(n["amount"]), n["description"], n) for n in lines]
        refusal = self.refusal([r[:2] for r in rows], lines[0]["postingDate"]) if lines else "There is nothing to post"
        if refusal:
            return _error(400, refusal)
        self.enter(lines[0]["documentNumber"], lines[0]["postingDate"], rows)
        self.lines[journal] = []
        return Reply(204)


class WritableD365(WritableOData):
    """Dynamics 365 Finance: journals that somebody posts later (`post_journals`)."""

    make = staticmethod(odata_vendors.d365_finance)
    fields = odata_vendors.BC_FIELDS

    def __init__(self, ledger: Ledger, today: date, accounts: tuple[str, ...], book: str = "main") -> None:
        super().__init__(ledger, today, accounts, book)
        self.headers: list[Body] = []
        self.lines: list[Body] = []

    def write(self, path: str, asked: Asked, query: dict[str, str]) -> Reply | None:
        name = path.rpartition("/")[2]
        if name not in ("LedgerJournalHeaders", "LedgerJournalLines"):
            return None
        rows = self.headers if name == "LedgerJournalHeaders" else self.lines
        if asked.method == "GET":
            return _json({"value": [r for r in rows if matches(query.get("$filter", ""), r)]}) if query.get("cross-company") else _json({"value": []})
        body = json.loads(asked.body, parse_float=Decimal, parse_int=str)
        if name == "LedgerJournalHeaders":
            rows.append({**body, "JournalBatchNumber": f"GJ{len(rows) + 1:06d}", "IsPosted": "No", "JournalTotalDebit": 0, "JournalTotalCredit": 0})
            return _json(rows[-1], 201)
        refusal = self.refusal([(body["AccountDisplayValue"], Decimal(0))], body["TransDate"])
        if refusal or any(n["JournalBatchNumber"] == body["JournalBatchNumber"] and n["LineNumber"] == body["LineNumber"] for n in rows):
            return _error(400, refusal or "A record with this LineNumber already exists")
        amounts = {k: number_text(str(body[k])) for k in ("DebitAmount", "CreditAmount")}
        rows.append({**body, **amounts})
        return _json(rows[-1], 201)

    def complete(self) -> int:
        """Journals with two lines or more."""
        numbers = [n["JournalBatchNumber"] for n in self.lines]
        return sum(numbers.count(h["JournalBatchNumber"]) >= 2 for h in self.headers)

    def post_journals(self) -> None:
        """What a batch job does there: every complete journal becomes entries of the ledger."""
        for header in [h for h in self.headers if h["IsPosted"] == "No"]:
            lines = [n for n in self.lines if n["JournalBatchNumber"] == header["JournalBatchNumber"]]
            rows = [(n["AccountDisplayValue"], Decimal(n["DebitAmount"]) - Decimal(n["CreditAmount"]), n["Text"], n) for n in lines]
            if lines and not self.refusal([r[:2] for r in rows], lines[0]["TransDate"]):
                self.enter(f"V-{header['JournalBatchNumber']}", lines[0]["TransDate"], rows)
                header["IsPosted"] = "Yes"


def _json(body: Body, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body, default=str).encode(), {"Content-Type": "application/json"})


def _error(status: int, message: str) -> Reply:
    return _json({"error": {"code": "Internal", "message": message}}, status)
