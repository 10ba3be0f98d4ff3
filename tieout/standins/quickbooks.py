"""QuickBooks Online's GeneralLedger report as a stand-in: nested sections, summaries, localised titles, rolling refresh tokens."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tieout.standins.ledger import Ledger, number_text
from tieout.standins.server import Asked, Reply, StandIn

COLUMNS = ("tx_date", "txn_type", "doc_num", "name", "memo", "debt_amt", "credit_amt")
TITLES = ("Datum", "Buchungsart", "Nr.", "Name", "Notiz", "Soll", "Haben")


class QuickBooks(StandIn):
    """A company that answers its general ledger."""

    def __init__(self, ledger: Ledger, realm: str = "9130") -> None:
        super().__init__()
        self._ledger, self._realm, self._refresh, self._grants = ledger, realm, "rt-standin-0", 0

    def answer(self, asked: Asked) -> Reply:
        if asked.target.startswith("/token"):
            return self._grant(asked)
        if asked.headers.get("authorization") != f"Bearer at-standin-{self._grants}":
            return Reply(401, b'{"fault":{"error":[{"message":"AuthenticationFailed"}]}}')
        parts = urlsplit(asked.target)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        if parts.path != f"/v3/company/{self._realm}/reports/GeneralLedger" or tuple(query["columns"].split(",")) != COLUMNS:
            return Reply(400, b"{}")
        rows = [r for on, r in self._ledger.lines if on <= self.today and query["start_date"] <= r["posting_date"] <= query["end_date"]]
        return Reply(200, json.dumps(report(rows)).encode(), {"Content-Type": "application/json"})

    def _grant(self, asked: Asked) -> Reply:
        form = parse_qs(asked.body.decode())
        if form.get("refresh_token") != [self._refresh]:
            return Reply(400, b'{"error":"invalid_grant"}')
        self._grants += 1
        self._refresh = f"rt-standin-{self._grants}"
        granted = {"access_token": f"at-standin-{self._grants}", "refresh_token": self._refresh, "expires_in": 3600}
        return Reply(200, json.dumps(granted).encode())


def report(rows: list[dict[str, str]]) -> dict[str, Any]:
    """The report tree; accounts of one first digit are sub-accounts of one section, which is headerless where it has one account only."""
    columns = [{"ColTitle": t, "ColType": "String", "MetaData": [{"Name": "ColKey", "Value": k}]} for k, t in zip(COLUMNS, TITLES, strict=True)]
    groups: dict[str, dict[str, list[dict[str, str]]]] = {}
    for row in rows:
        groups.setdefault(row["account"][:1], {}).setdefault(row["account"], []).append(row)
    sections = []
    for first, accounts in groups.items():
        inner = [_section(account, lines) for account, lines in accounts.items()]
        total = _summary([r for lines in accounts.values() for r in lines])
        if len(inner) > 1:
            inner = [{"Header": {"ColData": [{"value": f"Gruppe {first}", "id": f"G{first}"}]}, "Rows": {"Row": inner}, "Summary": total, "type": "Section"}]
        sections += inner
    sections.append({"Summary": {"ColData": [{"value": ""} for _ in COLUMNS]}, "type": "Section"})
    return {"Header": {"ReportName": "GeneralLedger", "Currency": "USD"}, "Columns": {"Column": columns}, "Rows": {"Row": sections}}


def _section(account: str, lines: list[dict[str, str]]) -> dict[str, Any]:
    header = {"ColData": [{"value": f"Konto {account}", "id": account}, *({"value": ""} for _ in COLUMNS[1:])]}
    return {"Header": header, "Rows": {"Row": [_data(r) for r in lines]}, "Summary": _summary(lines), "type": "Section"}


def _data(row: Mapping[str, str]) -> dict[str, Any]:
    amount = Decimal(row["amount"])
    debit, credit = (number_text(row["amount"]), "") if amount >= 0 else ("", number_text(str(-amount)))
    values = (row["posting_date"], "Buchung", row.get("event_id", ""), row.get("member_id", ""), row.get("batch_id") or row.get("text", ""), debit, credit)
    cells: list[dict[str, str]] = [{"value": v} for v in values]
    cells[1]["id"] = row["document_id"]
    return {"ColData": cells, "type": "Data"}


def _summary(lines: list[dict[str, str]]) -> dict[str, Any]:
    debit = sum((Decimal(r["amount"]) for r in lines if Decimal(r["amount"]) >= 0), Decimal(0))
    credit = -sum((Decimal(r["amount"]) for r in lines if Decimal(r["amount"]) < 0), Decimal(0))
    return {"ColData": [{"value": "Summe"}, *({"value": ""} for _ in COLUMNS[1:5]), {"value": str(debit)}, {"value": str(credit)}]}
