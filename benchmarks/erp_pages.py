"""Pages of ledger lines as systems send them, for measuring: whole pages, made up, eight of each kind with several shapes of rows.

What belongs here: bytes. What does not: measuring (`erp_parse`).
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from tieout.standins import odata_vendors
from tieout.standins.ledger import Ledger
from tieout.standins.odata import ODataStandIn
from tieout.standins.server import Asked

PAGE, PAGES = 1000, 8
_DAY = date(2026, 3, 31)
_ROW = (
    '<c:searchRow xsi:type="s:TransactionSearchRow" xmlns:s="urn:sales_2023_2.transactions.webservices.netsuite.com" '
    'xmlns:p="urn:common_2023_2.platform.webservices.netsuite.com"><s:basic>{amount}'
    '<p:internalId><c:searchValue internalId="{n}"/></p:internalId><p:line><c:searchValue>{line}</c:searchValue></p:line>'
    "<p:lineUniqueKey><c:searchValue>{n}{line}</c:searchValue></p:lineUniqueKey>{memo}"
    '<p:subsidiary><c:searchValue internalId="1"/></p:subsidiary>'
    "<p:tranDate><c:searchValue>2026-03-31T23:00:00.000-08:00</c:searchValue></p:tranDate><p:tranId><c:searchValue>JE{n}</c:searchValue></p:tranId>"
    '<p:customFieldList><c:customField xsi:type="c:SearchColumnStringCustomField" scriptId="custcol_loyalty_event"><c:searchValue>A-{n}</c:searchValue>'
    "</c:customField></p:customFieldList></s:basic><s:accountJoin><p:number><c:searchValue>{account}</c:searchValue></p:number></s:accountJoin>"
    "<s:accountingPeriodJoin><p:periodName><c:searchValue>Mar 2026</c:searchValue></p:periodName></s:accountingPeriodJoin></c:searchRow>"
)


def _row(n: int) -> str:
    """Debit and credit in turn; every third without a memo, every twentieth with a character that is written as a reference."""
    column, account = ("creditAmount", "210000") if n % 2 else ("debitAmount", "400000")
    amount = f"<p:{column}><c:searchValue>{n // 2}.17</c:searchValue></p:{column}>"
    memo = "" if n % 3 == 0 else f"<p:memo><c:searchValue>points {'&amp; coupons' if n % 20 == 1 else 'earned'}</c:searchValue></p:memo>"
    return _ROW.format(amount=amount, n=n // 2, line=n % 2 + 1, memo=memo, account=account)


def soap_page(number: int) -> bytes:
    """A page of a search the vendor's schema allows."""
    rows = "".join(_row(n) for n in range(number * PAGE, (number + 1) * PAGE))
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
        '<m:searchResponse xmlns:m="urn:messages_2023_2.platform.webservices.netsuite.com"><c:searchResult '
        'xmlns:c="urn:core_2023_2.platform.webservices.netsuite.com"><c:status isSuccess="true"/><c:totalRecords>1000000</c:totalRecords>'
        f"<c:pageSize>{PAGE}</c:pageSize><c:totalPages>1000</c:totalPages><c:pageIndex>{number + 1}</c:pageIndex><c:searchId>WEB-1</c:searchId>"
        f"<c:searchRowList>{rows}</c:searchRowList></c:searchResult></m:searchResponse></soapenv:Body></soapenv:Envelope>"
    ).encode()


def suiteql_page(number: int, fields: Mapping[str, str]) -> bytes:
    """A page of SuiteQL items; empty fields are left out."""
    items = []
    for n in range(number * PAGE, (number + 1) * PAGE):
        values = {name: f"{column}-{n}" for name, column in fields.items()} | {"trandate": "2026-03-31", "debit" if n % 2 else "credit": f"{n}.17"}
        items.append({"links": [], **{k: v for k, v in values.items() if n % 3 or k != "memo"}})
    return json.dumps({"links": [], "count": PAGE, "hasMore": True, "items": items, "offset": 0, "totalResults": 1_000_000}).encode()


def odata_page(vendor: str, number: int, query: str) -> bytes:
    """A page of a vendor's stand-in, asked for once."""
    ledger = Ledger([(_DAY, _line(n)) for n in range(number * PAGE, (number + 1) * PAGE)])
    make: Callable[[Ledger], ODataStandIn] = getattr(odata_vendors, vendor)
    system = make(ledger)
    system.page = PAGE
    system.sessions.add("sid")
    headers = {"host": "localhost", "authorization": "Bearer at-standin-odata", "cookie": "sid"}
    return system.answer(Asked("GET", f"/{system.entity}?{query}", headers, b"")).body


def _line(n: int) -> dict[str, str]:
    amount = Decimal(n // 2) + Decimal("0.17")
    return {
        "ledger_id": "main", "company_id": "1000", "document_id": f"{n // 2:010d}", "line_id": str(n % 2 + 1), "posting_date": _DAY.isoformat(),
        "document_date": (_DAY - timedelta(days=1)).isoformat(), "account": "0021550000", "amount": str(amount if n % 2 else -amount), "currency": "USD",
        "points": str(-n), "programme_id": "orchard", "member_id": f"M{n:06d}", "event_id": f"A-{n // 2}", "batch_id": "", "order_id": f"O{n // 2}",
        "text": "points earned",
    }  # fmt: skip
