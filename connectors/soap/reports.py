"""A stream of reports over SOAP: the answer holds a file in base64, whole or piece by piece; its rows are read when the last piece has come.

What belongs here: asking for a file and putting it together. What does not: lines as XML elements (`stream`), rows of a CSV file
(`files.export_table`). Every answer is judged by the WSDL's schemas and archived as it came; a file that lacks a byte is drift.
"""

import base64
import binascii
import io
import secrets as random_source
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from connectors.extraction.definition import Packed, Stream
from connectors.extraction.records import Columns, Drift, Page
from connectors.extraction.template import fill
from connectors.files.export_table import table_page
from connectors.http.client import Client
from connectors.soap.description import Description, description
from core.errors import SystemFault
from core.policy import Source

_SOAP11, _SOAP12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
_ENVELOPE = '<soap:Envelope xmlns:soap="{soap}"><soap:Header/><soap:Body>{body}</soap:Body></soap:Envelope>'
_XML = "xml"


class ReportStream:
    """Asks one system for reports. The pieces of a file do not outlive a connection, so that an unfinished slice is read again."""

    resumes = False

    def __init__(self, name: str, source: Source, client: Client, settings: Mapping[str, str], books: Path) -> None:
        self._name, self._client, self._settings, self._dialect = name, client, settings, source.dialect
        self._named = frozenset(source.fields.values())
        self._path = books / settings["wsdl"]
        self._pieces: list[bytes] = []

    @property
    def _described(self) -> Description:
        return description(self._path, self._settings["wsdl_sha256"])

    def fetch(self, stream: Stream, values: Mapping[str, str]) -> tuple[bytes, dict[str, object]]:
        follows = "rest_of" in values
        operation = stream.next_operation if follows else stream.operation
        safe = {"nonce": random_source.token_hex(8), **{k: escape(v) for k, v in values.items()}}
        body = fill(stream.next_envelope if follows else stream.envelope, safe)
        self._judge(body)
        address, action = self._described.operation(operation)
        soap12 = self._described.speaks_soap12(operation)
        kind = f'application/soap+xml; charset=utf-8; action="{action}"' if soap12 else "text/xml; charset=utf-8"
        headers = {"Content-Type": kind} | ({} if soap12 else {"SOAPAction": f'"{action}"'})
        envelope = _ENVELOPE.format(soap=_SOAP12 if soap12 else _SOAP11, body=body).encode()
        target = urlsplit(address).path
        answer = self._client.read("POST", target, headers, envelope)
        return answer.content, {"operation": operation, "target": target, "body": body}

    def parse(self, stream: Stream, content: bytes, names: Mapping[str, str]) -> Page:
        packed = _packed(stream)
        found = _parts(content, packed, self._described.schema)
        if packed.content in found:
            self._pieces = []
        elif not self._pieces:
            raise Drift(f"the answer has no {packed.content}")
        piece = _decoded(found[packed.content] if packed.content in found else found.get(packed.more))
        self._pieces.append(piece)
        rest = _rest(found, packed, piece, sum(map(len, self._pieces)))
        if rest:
            return Page({}, 0, rest=rest)
        whole, self._pieces = b"".join(self._pieces), []
        return self._rows(stream, packed, whole, names)

    def _rows(self, stream: Stream, packed: Packed, content: bytes, names: Mapping[str, str]) -> Page:
        if not content.strip():
            if not packed.may_be_blank:
                raise Drift("the report is empty")
            return Page({}, 0)
        must = self._named & names.keys()
        if fill(packed.format, self._settings) == _XML:
            page = _xml_rows(stream, fill(packed.row, self._settings), content, {**{f: f for f in stream.fields}, **names}, must)
        else:
            page = table_page(stream, content, self._dialect, names, must)
        if page.count:
            page.last = {k: page.columns[k][-1] or "" for k in stream.pager.key}
        return page

    def _judge(self, body: str) -> None:
        """Refuse to send what the system's own schema does not allow; the message names the rule, not the values."""
        schema = self._described.schema
        if not schema.validate(etree.fromstring(_ENVELOPE.format(soap=_SOAP11, body=body).encode())):
            raise SystemFault(
                f"a request of {self._name} does not fit the WSDL: {_told(schema.error_log[0].message)}", "the platform's definition",
                "the system would refuse it or run another report", "correct the definition for this version of the WSDL",
            )  # fmt: skip


def _packed(stream: Stream) -> Packed:
    if stream.packed is None:
        raise Drift("the stream does not say where its file is")
    return stream.packed


def _parts(content: bytes, packed: Packed, schema: etree.XMLSchema) -> dict[str, str | None]:
    """The named elements of an answer, judged while it is read. The schemas know one envelope; that of SOAP 1.2 has the same two parts."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Drift("the answer brings its own DTD")
    names = [n for n in (packed.content, packed.more, packed.file, packed.offset) if n]
    found: dict[str, str | None] = {}
    one_envelope = content.replace(_SOAP12.encode(), _SOAP11.encode())
    try:
        walk = etree.iterparse(
            io.BytesIO(one_envelope), events=("end",), tag=[f"{{*}}{n}" for n in names], schema=schema, resolve_entities=False, no_network=True,
            load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for _, element in walk:
            name = etree.QName(element).localname
            if name in found:
                raise Drift(f"the answer holds {name} twice")
            found[name] = element.text
    except etree.XMLSyntaxError as fault:
        raise Drift(f"the answer does not fit the system's own schema, or is cut off: {_told(fault.msg or '')}") from None
    if walk.root.getroottree().docinfo.doctype:  # in an encoding whose bytes do not show it
        raise Drift("the answer brings its own DTD")
    return found


def _decoded(text: str | None) -> bytes:
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except binascii.Error:
        raise Drift("the report's base64 is cut off or damaged") from None


def _rest(found: Mapping[str, str | None], packed: Packed, piece: bytes, received: int) -> dict[str, str]:
    """What asks for the next piece; empty after the last. A piece that does not begin where the one before ended is drift."""
    if packed.content in found:
        name = (found.get(packed.file) or "").strip()
        return {"rest_of": name, "begin": str(received)} if name else {}
    stated = (found.get(packed.offset) or "").strip()
    if stated == "-1":
        return {}
    if not piece or stated != str(received):
        raise Drift(f"after {received} bytes of the report the next piece is said to begin at {stated or 'nothing'}")
    return {"begin": stated}


def _xml_rows(stream: Stream, row: str, content: bytes, wanted: Mapping[str, str], must: frozenset[str]) -> Page:
    """Rows of a report in XML. A field without its element is drift: the report leaves empty elements out, and a lost one would look the same."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Drift("the report brings its own DTD")
    columns: Columns = {}
    cells: dict[str, list[str | None]] = {c: [] for c in wanted.values()}
    needed = (set(stream.fields) | must) - set(stream.optional)
    count = 0
    try:
        for _, element in etree.iterparse(
            io.BytesIO(content), events=("end",), tag=row, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        ):  # fmt: skip
            found = {str(c.tag).lower(): c.text for c in element}
            lacking = [f for f in needed if f.lower() not in found]
            if lacking or len(found) != len(element):
                raise Drift(f"a row of the report has no {lacking[0]}; let it include empty elements" if lacking else "a row of the report holds a field twice")
            for path, column in wanted.items():
                cells[column].append((found.get(path.lower()) or "").strip() or None)
            count += 1
            element.clear()
    except etree.XMLSyntaxError as fault:
        raise Drift(f"the report is no XML or is cut off: {_told(fault.msg or '')}") from None
    columns.update(cells)
    return Page(columns, count, count)


def _told(message: str) -> str:
    """A parser's message without the value it complains about."""
    return " ".join(message.split("'")[0::2]).strip()[:200]
