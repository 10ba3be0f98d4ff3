"""BI Publisher of an Oracle Fusion ERP as a stand-in: runs the very statements a customer puts into the reports, over GL_* tables of its own.

What belongs here: SOAP 1.2 as the WSDL beside this file allows it, reports as CSV or XML in base64, pieces of files, sign-in. What does not: the
tables (`oracle_tables`).
"""

import base64
import csv
import io
import re
import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from tieout.standins.ledger import Ledger
from tieout.standins.oracle_tables import REFERENCES, GeneralLedger, columns_of, create
from tieout.standins.server import Asked, Reply, StandIn

SECRETS = {"user": "standin", "password": "pw-standin-fusion"}
WSDL = Path(__file__).with_name("oracle.wsdl")
SETTINGS = {"host": "stand-in.invalid", "wsdl": str(WSDL), "company_key": "segment", "ledger_key": "name", "document_key": "name"}
__all__ = ["REFERENCES", "SECRETS", "SETTINGS", "WSDL", "Fusion"]
_NS = "http://xmlns.oracle.com/oxp/service/PublicReportService"
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_PATH = "/xmlpserver/services/ExternalReportWSSService"
_XSD = "{http://www.w3.org/2001/XMLSchema}schema"
_REPORTS = {"/Custom/tieout/lines.xdo": "line", "/Custom/tieout/totals.xdo": "total", "/Custom/tieout/balances.xdo": "balance"}
_FORMS = {"YYYY-MM-DD": 10}


class Fusion(StandIn):
    """A ledger behind reports. `rows_allowed` is what the server cuts every report at, as some are configured to."""

    def __init__(self, ledger: Ledger, rows_allowed: int = 1_000_000) -> None:
        super().__init__()
        self._files: dict[str, bytes] = {}
        self._rows_allowed = rows_allowed
        self._schema = etree.XMLSchema(etree.fromstring(etree.tostring(next(etree.parse(str(WSDL)).iter(_XSD)))))
        self.load(ledger)

    def load(self, ledger: Ledger) -> None:
        """The tables as this ledger makes them: what was posted before stays, what is new was posted when its day says."""
        self.tables = sqlite3.connect(":memory:", check_same_thread=False)
        speak(self.tables)
        for statement in create({"n": "integer", "t": "text", "d": "text", "m": "text"}, "main"):
            self.tables.execute(statement)
        for table, rows in GeneralLedger(ledger).rows.items():
            self.tables.executemany(f"insert into {table} values ({', '.join('?' * len(columns_of(table)))})", rows)

    def answer(self, asked: Asked) -> Reply:
        expected = base64.b64encode(f"{SECRETS['user']}:{SECRETS['password']}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {expected}":
            return Reply(401, b"<html>Unauthorized</html>")
        if asked.target != _PATH or not asked.headers.get("content-type", "").startswith("application/soap+xml"):
            return Reply(415, b"<html>Unsupported Media Type</html>")
        call = etree.fromstring(asked.body).find(f"{{{_SOAP}}}Body")[0]
        if not self._schema.validate(call):
            return _fault("Sender", "the message does not fit the description")
        text = {etree.QName(e).localname: e.text or "" for e in call.iter()}
        if etree.QName(call).localname == "downloadReportDataChunk":
            return self._piece(text["fileID"], int(text["beginIdx"]), int(text["size"]))
        given = {i.findtext(f"{{{_NS}}}name"): i.findtext(f"{{{_NS}}}values/{{{_NS}}}item") or "" for i in call.iter(f"{{{_NS}}}item") if len(i)}
        return self._run(text["reportAbsolutePath"], given, text.get("attributeFormat", ""), int(text["sizeOfDataChunkDownload"]))

    def _run(self, path: str, given: Mapping[str | None, str], form: str, size: int) -> Reply:
        if path not in _REPORTS or not given.get("P_RUN"):
            return _fault("Receiver", f"oracle.xdo.webservice.exception.InvalidParametersException: {path}")
        cursor = self.tables.execute(*_lite(statement(_REPORTS[path]), given))
        names = [d[0].upper() for d in cursor.description]
        rows = cursor.fetchmany(self._rows_allowed)
        content = (_as_xml if form == "xml" else _as_csv)(names, rows)
        first, file = (content, "") if size < 0 else (content[:size], f"file-{len(self._files) + 1}")
        if file:
            self._files[file] = content
        named = f"<p:reportFileID>{file}</p:reportFileID>" if file else '<p:reportFileID xsi:nil="true"/>'
        kind = "text/xml" if form == "xml" else "text/plain;charset=UTF-8"
        return _reply(
            "runReport",
            f"<p:reportBytes>{_encoded(first)}</p:reportBytes><p:reportContentType>{kind}</p:reportContentType>{named}<p:reportLocale xsi:nil='true'/>",
        )

    def _piece(self, file: str, begin: int, size: int) -> Reply:
        if file not in self._files:
            return _fault("Receiver", "oracle.xdo.webservice.exception.OperationFailedException: no such file")
        piece = self._files[file][begin : begin + size]
        end = begin + len(piece)
        offset = -1 if end >= len(self._files[file]) else end
        inner = f"<p:reportDataChunk>{_encoded(piece)}</p:reportDataChunk><p:reportDataFileID>{file}</p:reportDataFileID>"
        return _reply("downloadReportDataChunk", f"{inner}<p:reportDataOffset>{offset}</p:reportDataOffset>")


def statement(report: str) -> str:
    """The statement a customer's report is made from, as it is shipped."""
    return resources.files("connectors").joinpath("platforms", "oracle_fusion", "reports", f"{report}.sql").read_text(encoding="utf-8")


def speak(connection: Any) -> None:
    """What SQLite lacks of Oracle."""
    connection.create_function("TO_DATE", 2, lambda text, form: f"{text[: _FORMS[form]]} 00:00:00")
    connection.create_function("TO_NUMBER", 1, int)
    connection.create_function("TO_CHAR", 1, str)
    connection.create_function("TO_CHAR", 2, lambda value, form: value and value[: _FORMS[form]])
    connection.create_function("TO_CHAR", 3, lambda value, *_: None if value is None else str(value))
    connection.create_aggregate("SUM", 1, _ExactSum)


class _ExactSum:
    """SUM without binary doubles."""

    def __init__(self) -> None:
        self._total: Decimal | None = None

    def step(self, value: Any) -> None:
        if value is not None:
            self._total = (self._total or Decimal(0)) + Decimal(str(value))

    def finalize(self) -> str | None:
        return None if self._total is None else format(self._total, "f")


def _lite(sql: str, given: Mapping[str | None, str]) -> tuple[str, dict[str, str]]:
    """The statement with SQLite's word for a limit, and the parameters it names."""
    lite = re.sub(r"FETCH FIRST (.+?) ROWS ONLY", r"LIMIT \1", sql)
    body = "\n".join(line for line in lite.splitlines() if not line.startswith("--"))
    return lite, {name: given[name] for name in re.findall(r":([A-Z_]+)", body)}


def _as_csv(names: list[str], rows: list[tuple[Any, ...]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if rows:  # a report without rows has no header either
        writer.writerow(names)
    writer.writerows([["" if v is None else v for v in r] for r in rows])
    return out.getvalue().encode()


def _as_xml(names: list[str], rows: list[tuple[Any, ...]]) -> bytes:
    inner = "".join(
        f"<G_1>{''.join(f'<{n}>{escape(str(v))}</{n}>' if v is not None else f'<{n}/>' for n, v in zip(names, r, strict=True))}</G_1>" for r in rows
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<DATA_DS>{inner}</DATA_DS>'.encode()


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _reply(operation: str, inner: str) -> Reply:
    body = f"<p:{operation}Response xmlns:p='{_NS}' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><p:{operation}Return>{inner}</p:{operation}Return></p:{operation}Response>"
    envelope = f'<?xml version="1.0" encoding="UTF-8"?>\n<env:Envelope xmlns:env="{_SOAP}"><env:Header/><env:Body>{body}</env:Body></env:Envelope>'
    return Reply(200, envelope.encode(), {"Content-Type": "application/soap+xml; charset=utf-8"})


def _fault(code: str, reason: str) -> Reply:
    body = f'<env:Fault><env:Code><env:Value>env:{code}</env:Value></env:Code><env:Reason><env:Text xml:lang="en">{reason}</env:Text></env:Reason></env:Fault>'
    return Reply(500, f'<env:Envelope xmlns:env="{_SOAP}"><env:Body>{body}</env:Body></env:Envelope>'.encode(), {"Content-Type": "application/soap+xml"})
