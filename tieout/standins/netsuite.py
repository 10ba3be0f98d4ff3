"""NetSuite's SuiteQL endpoint as a stand-in: runs the query it is sent over its own tables, page by page, signed requests only.

State is a real (SQLite) database, so a query that would not run there does not run here either. What does not belong here: SuiteTalk SOAP.
"""

import base64
import hashlib
import hmac
import json
import re
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tieout.standins.ledger import Ledger, number_text
from tieout.standins.server import Asked, Reply, StandIn

ACCOUNT = "TSTDRV1"
SECRETS = {"account": ACCOUNT, "consumer_key": "ck-standin-1", "consumer_secret": "cs-standin-1", "token_id": "ti-standin-1", "token_secret": "ts-standin-1"}
CUSTOM = {
    "event_id": "custcol_loyalty_event", "batch_id": "custcol_loyalty_batch", "order_id": "custcol_loyalty_order", "member_id": "custcol_loyalty_member",
    "programme_id": "custcol_loyalty_programme", "points": "custcol_loyalty_points", "tax_jurisdiction": "custcol_tax_jurisdiction",
    "tax_base": "custcol_tax_base",
}  # fmt: skip
_PATH = "/services/rest/query/v1/suiteql"
_MAX_PAGE = 1000
_TABLES = f"""
create table account (id integer primary key, acctnumber text unique, accountsearchdisplayname text);
create table accountingbook (id integer primary key, name text unique);
create table currency (id integer primary key, symbol text unique);
create table subsidiary (id integer primary key, name text unique, currency integer);
create table accountingperiod (id integer primary key, periodname text unique);
create table "transaction" (id integer primary key, tranid text, type text, trandate text, lastmodifieddate text, postingperiod integer, currency integer,
    reversal text, externalid text);
create table transactionline ("transaction" integer, id integer, subsidiary integer, foreignamount text, memo text, taxline text,
    {", ".join(f"{c} text" for c in CUSTOM.values())});
create table transactionaccountingline ("transaction" integer, transactionline integer, accountingbook integer, account integer, debit text, credit text,
    exchangerate text, posting text);
create unique index t1 on transactionline ("transaction", id);
create unique index t2 on transactionaccountingline ("transaction", transactionline, accountingbook)
"""


class NetSuite(StandIn):
    """A NetSuite account that holds a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._rows = sqlite3.connect(":memory:", check_same_thread=False)
        self._rows.create_function("TO_DATE", 2, lambda text, _: text)
        self._rows.create_function("TO_CHAR", 2, lambda text, form: text[:10] if form == "YYYY-MM-DD" else text)
        self._rows.create_aggregate("SUM", 1, _ExactSum)  # type: ignore[arg-type]
        self._rows.executescript(_TABLES)
        self._ids: dict[tuple[str, ...], int] = {}
        for day, row in ledger.lines:
            self.post(day, row)

    def post(self, entered: date, row: Mapping[str, str]) -> None:
        """A line becomes visible, last modified on that day."""
        with self._lock:
            document = self._document(entered, row)
            line = int(row["line_id"])
            subsidiary = self._id("subsidiary", row["company_id"], currency=self._id("currency", row["currency"]))
            text = (number_text(row["amount"]), row.get("text") or None, "T" if row.get("is_tax_line") == "true" else "F")
            self._rows.execute(
                f'insert into transactionline ("transaction", id, subsidiary, foreignamount, memo, taxline, {", ".join(CUSTOM.values())}) '
                f"values ({', '.join('?' * (6 + len(CUSTOM)))})",
                (document, line, subsidiary, *text, *((row.get(c) or None) for c in CUSTOM)),
            )
            amount = Decimal(row["amount"])
            debit, credit = (number_text(str(amount)), None) if amount >= 0 else (None, number_text(str(-amount)))
            book = self._id("accountingbook", row["ledger_id"])
            self._rows.execute(
                "insert into transactionaccountingline values (?, ?, ?, ?, ?, ?, '1', 'T')",
                (document, line, book, self._account(row["account"]), debit, credit),
            )

    def correct(self, document: str, column: str, value: str) -> None:
        """Someone changes a posted document: its lines' `column`, and its change date stays within the overlap."""
        with self._lock:
            self._rows.execute(
                f'update transactionline set {column} = ? where "transaction" = (select id from "transaction" where tranid = ?)', (value, document)
            )

    def answer(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.target)
        if parts.path != _PATH or asked.method != "POST":
            return _error(404, "NOT_FOUND", "no such resource")
        if not signed_rightly(asked, f"{self.scheme}://{asked.headers.get('host', '')}{asked.target}", SECRETS):
            return _error(401, "INVALID_LOGIN", "Invalid login attempt.")
        if asked.headers.get("prefer") != "transient":
            return _error(400, "INVALID_HEADER", "Prefer: transient is required")
        query = parse_qs(parts.query)
        limit, offset = int(query.get("limit", ["1000"])[0]), int(query.get("offset", ["0"])[0])
        if limit > _MAX_PAGE:
            return _error(400, "INVALID_PARAMETER", "limit")
        try:
            cursor = self._rows.execute(_quoted(json.loads(asked.body)["q"]))
        except (sqlite3.Error, KeyError, ValueError) as fault:
            return _error(400, "INVALID_PARAMETER", f"Invalid search query. {fault}")
        names = [d[0] for d in cursor.description]
        rows = cursor.fetchall()
        page = rows[offset : offset + limit]
        items = [{"links": [], **{n: str(v) for n, v in zip(names, r, strict=True) if v is not None}} for r in page]
        more = offset + len(page) < len(rows)
        body = {"links": [], "count": len(page), "hasMore": more, "items": items, "offset": offset, "totalResults": len(rows)}
        return Reply(200, json.dumps(body).encode(), {"Content-Type": "application/vnd.oracle.resource+json; type=collection"})

    # ------------------------------------------------------------------------------------------------------------------ rows
    def _document(self, entered: date, row: Mapping[str, str]) -> int:
        key = ("transaction", row["ledger_id"], row["company_id"], row["document_id"])
        if key not in self._ids:
            self._ids[key] = len(self._ids) + 1
            period = self._id("accountingperiod", datetime.fromisoformat(row["posting_date"]).strftime("%b %Y"))
            kind = row.get("document_type") or "Journal"
            reversal = row.get("reverses_document_id") or ("-" if row.get("is_reversal") == "true" else None)
            modified = f"{entered.isoformat()} 23:15:00"
            values = (self._ids[key], row["document_id"], kind, row["posting_date"], modified, period, self._id("currency", row["currency"]), reversal, None)
            self._rows.execute('insert into "transaction" values (?, ?, ?, ?, ?, ?, ?, ?, ?)', values)
        return self._ids[key]

    def _account(self, number: str) -> int:
        return self._id("account", number)

    def _id(self, table: str, name: str, **more: int) -> int:
        key = (table, name)
        if key not in self._ids:
            self._ids[key] = len(self._ids) + 1
            column = {"account": "acctnumber", "currency": "symbol", "accountingperiod": "periodname"}.get(table, "name")
            columns = [column, *more, *(["accountsearchdisplayname"] if table == "account" else [])]
            values = [name, *more.values(), *([f"{name} account"] if table == "account" else [])]
            self._rows.execute(f"insert into {table} (id, {', '.join(columns)}) values (?{', ?' * len(values)})", (self._ids[key], *values))
        return self._ids[key]


class _ExactSum:
    """SUM without binary doubles."""

    def __init__(self) -> None:
        self._total: Decimal | None = None

    def step(self, value: Any) -> None:
        if value is not None:
            self._total = (self._total or Decimal(0)) + Decimal(str(value))

    def finalize(self) -> str | None:
        return None if self._total is None else format(self._total, "f")


def _quoted(query: str) -> str:
    """`transaction` is a word of SQLite's own and a table there."""
    return re.sub(r"(?<!\w)transaction(?!\w)", '"transaction"', query, flags=re.IGNORECASE)


def signed_rightly(asked: Asked, url: str, secrets: Mapping[str, str]) -> bool:
    """Whether the OAuth 1.0 header carries the right keys and the right HMAC-SHA256 signature (checked independently of our signer)."""
    header = asked.headers.get("authorization", "")
    given = {k: unquote(v) for k, v in re.findall(r'(\w+)="([^"]*)"', header)}
    if not header.startswith("OAuth ") or (given.get("realm"), given.get("oauth_consumer_key"), given.get("oauth_token")) != (
        secrets["account"], secrets["consumer_key"], secrets["token_id"],
    ):  # fmt: skip
        return False
    parts = urlsplit(url)
    pairs = [(k, v) for k, values in parse_qs(parts.query, keep_blank_values=True).items() for v in values]
    pairs += [(k, v) for k, v in given.items() if k.startswith("oauth_") and k != "oauth_signature"]
    listed = "&".join(f"{_enc(k)}={_enc(v)}" for k, v in sorted((k, v) for k, v in pairs))
    base = f"{asked.method}&{_enc(f'{parts.scheme}://{parts.netloc}{parts.path}')}&{_enc(listed)}"
    key = f"{_enc(secrets['consumer_secret'])}&{_enc(secrets['token_secret'])}"
    expected = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()
    return hmac.compare_digest(expected, given.get("oauth_signature", ""))


def _enc(text: str) -> str:
    return "".join(c if (c.isalnum() and c.isascii()) or c in "-._~" else "".join(f"%{b:02X}" for b in c.encode()) for c in text)


def _error(status: int, code: str, detail: str) -> Reply:
    body = {"type": "https://www.rfc-editor.org/rfc/rfc9110", "title": "error", "status": status, "o:errorDetails": [{"detail": detail, "o:errorCode": code}]}
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/vnd.oracle.resource+json; type=error"})
