"""A stream over SOAP: envelopes by template, judged by the system's own schemas before they leave and while they arrive, lines by iterparse.

What belongs here: request and answer of one page. What does not: retries and limits (`http.client`), what columns mean. Objects are never built
from lines: a page is read as it streams past, and what the schema does not allow is drift.
"""

import io
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from connectors.extraction.definition import Stream
from connectors.extraction.records import Drift, Page
from connectors.extraction.template import fill
from connectors.http.client import Client
from connectors.soap import passport
from connectors.soap.description import Description, description
from connectors.soap.schemas import DTD, NotAllowed, Schemas
from connectors.soap.shapes import Unlike, by_shape
from core.errors import SystemFault
from core.policy import Source

_ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header>{header}</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>'
)

_LABEL = "}customLabel"
"""A column's heading, which stands before its value: alone it is a column without value."""
_YES = frozenset({"true", "1"})
"""How XML writes that something is so; a status that does not say it is a failure."""
_RECORDS, _PAGES, _CURSOR = "totalRecords", "totalPages", "searchId"
"""What an answer says of its pages, where a definition's pager names no other elements."""
_SEVERAL = "\0"
"""In place of a field's values: no text of XML can be it."""
_QUOTED = re.compile(r"'[^']*' is not")


class SoapStream:
    """Asks one system for pages of XML. Its search cursor dies with time, so that an unfinished slice is read again from its first page."""

    resumes = False

    def __init__(self, name: str, source: Source, client: Client, settings: Mapping[str, str], books: Path) -> None:
        self._name, self._source, self._client, self._settings = name, source, client, settings
        self._path = books / settings["wsdl"]

    @property
    def described(self) -> Description:
        return description(self._path, self._settings["wsdl_sha256"])

    def fetch(self, stream: Stream, values: Mapping[str, str]) -> tuple[bytes, dict[str, object]]:
        follows = bool(values.get("link")) and bool(stream.next_operation)
        operation = stream.next_operation if follows else stream.operation
        safe = {k: escape(v) if k not in ("account_filter", "custom_columns") else v for k, v in values.items()}
        body = fill(stream.next_envelope if follows else stream.envelope, safe)
        header = fill(stream.soap_header, {**safe, **self._passport()}) if stream.soap_header else ""
        envelope = _ENVELOPE.format(header=header, body=body).encode()
        judge(self.described.schemas(named_in(stream)), envelope, self._name)
        address, action = self.described.operation(operation)
        path = urlsplit(address).path
        answer = self._client.read("POST", path, {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}, envelope)
        return answer.content, {"operation": operation, "target": path, "body": body}

    def parse(self, stream: Stream, content: bytes, names: Mapping[str, str]) -> Page:
        strange = sorted({part for field in (stream.records, *stream.fields, *names) for part in _parts(field)} - self.described.elements)
        if strange:
            raise Drift(f"the WSDL declares no element {', '.join(strange)}: the definition names a field that no answer can have")
        return parse_page(stream, content, {**{f: f for f in stream.fields}, **names}, self.described.schemas(named_in(stream)))

    def _passport(self) -> dict[str, str]:
        return passport.values(self._name, self._source)


def _parts(field: str) -> list[str]:
    """The elements on the way to a field; custom fields are named by attributes."""
    return [] if field.startswith("custom.") else field.split(".")


def named_in(stream: Stream) -> frozenset[str]:
    """Every word of a stream's requests and fields: the optional elements that its answers have reason to hold."""
    return frozenset(re.findall(r"\w+", " ".join((stream.envelope, stream.next_envelope, stream.soap_header, stream.records, *stream.fields))))


def judge(allowed: Schemas, envelope: bytes, source: str) -> None:
    """Refuse to send what the system's own schema does not allow; the message names the rule, not the values."""
    try:
        allowed.judge(envelope)
    except NotAllowed as refusal:
        raise SystemFault(
            f"a request of {source} does not fit the WSDL: {_short(refusal)}", f"line {refusal.line} of the envelope",
            "the system would refuse it or read something else", "correct the platform's definition for this version of the WSDL",
        ) from None  # fmt: skip


def parse_page(stream: Stream, content: bytes, wanted: Mapping[str, str], allowed: Schemas | None = None) -> Page:
    """Columns of one answer. Raises Drift for whatever the schemas do not allow, and for DTDs."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Drift(DTD)
    try:
        (allowed or Schemas()).judge(content, stream.huge)
    except NotAllowed as refusal:
        raise Drift(f"the answer does not fit the system's own schema, or is cut off: {_short(refusal)}") from None

    def walk(part: bytes) -> Page:
        return _walked(stream, part, wanted)

    try:
        page = by_shape(content, stream.records, walk)
    except Unlike:
        page = walk(content)
    if stream.pager.total == _PAGES and page.total is not None and page.announced is None:
        raise Drift("the answer counts its pages and not its records")
    if stream.pager.kind == "keyset" and page.count:
        page.last = {k: last for k in stream.pager.key if (last := page.columns[wanted[k]][-1])}
        if len(page.last) < len(stream.pager.key):
            raise Drift(
                f"the last record of the answer has no {', '.join(k for k in stream.pager.key if k not in page.last)}: what comes after it cannot be asked for"
            )
    return page


def _walked(stream: Stream, content: bytes, wanted: Mapping[str, str]) -> Page:
    """Element by element: what every other way of reading must agree with."""
    columns: dict[str, list[str | None]] = {c: [] for c in wanted.values()}
    slots = [(path, columns[column].append) for path, column in wanted.items()]
    page = Page(dict(columns), 0)
    following, total = stream.pager.next[0] if stream.pager.next else _CURSOR, stream.pager.total or _PAGES
    for element in _elements(content, stream, (following, total)):
        name = etree.QName(element).localname
        if name == stream.records:
            row = flat(element)
            for path, append in slots:
                value = row.get(path)
                if value == _SEVERAL:
                    raise Drift(f"a row holds several values of {path}")
                append(value)
            page.count += 1
            element.clear()
            parent = element.getparent()
            while parent is not None and parent[0] is not element:
                del parent[0]
        elif _is_within(element, stream.records):
            continue  # a field of a record may be called as the answer's own
        elif name == stream.status and (element.get("isSuccess") or "").strip() not in _YES:
            raise Drift(f"the answer reports a failure: {' '.join(''.join(element.itertext()).split())[:200]}")
        elif name == _RECORDS:
            page.announced = int(element.text or 0)
        elif name == total:
            page.total = int(element.text or 0)
        elif name == following:
            page.next = element.text
        elif name in stream.says:
            page.said = {**page.said, name: (element.text or "").strip()}
    page.records = page.count
    return page


def _is_within(element: etree._Element, tag: str) -> bool:
    return any(etree.QName(e).localname == tag for e in element.iterancestors())


def _elements(content: bytes, stream: Stream, paging: tuple[str, str]) -> Iterator[etree._Element]:
    """Elements as they end. Comments are left out by the parser: one inside a figure would cut the figure in two."""
    names = (stream.records, _RECORDS, *paging, *stream.says, *([stream.status] if stream.status else []))
    tags = [f"{{*}}{t}" for t in dict.fromkeys(names)]
    try:
        walk = etree.iterparse(
            io.BytesIO(content), events=("end",), tag=tags, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=stream.huge,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for _, element in walk:
            yield element
    except etree.XMLSyntaxError as fault:
        raise Drift(f"the answer cannot be read to its end: {_short(fault)}") from None


def flat(row: etree._Element) -> dict[str, str | None]:
    """A row of joins and fields as `join.field` -> text, the internalId of a reference, or `custom.<scriptId>`.

    A field of plain text is its own value: a row without inner structure gives `field`.
    """
    found: dict[str, str | None] = {}
    for join in row:
        at, has_cells = join.tag, False
        for cell in join:
            has_cells = True
            key = _key(at, cell.tag)
            if key.endswith(".customFieldList"):
                found |= _custom(cell)
            elif key in found:
                raise Drift(f"a row holds {key} twice")
            else:
                found[key] = _value(cell)
        if not has_cells:
            found[_key("", at)] = join.text
    return found


def _custom(fields: etree._Element) -> dict[str, str | None]:
    """The custom fields of a row. One that comes twice, or has several values, is not what a column of ours can be."""
    found: dict[str, str | None] = {}
    for custom in fields:
        key = f"custom.{custom.get('scriptId')}"
        if key in found:
            raise Drift(f"a row holds {key} twice")
        found[key] = _value(custom) if len(custom) < 2 or custom[-2].tag != custom[-1].tag else _SEVERAL
    return found


@cache
def _key(join: str, cell: str) -> str:
    name = cell.rpartition("}")[2]
    return f"{join.rpartition('}')[2]}.{name}" if join else name


def _value(cell: etree._Element) -> str | None:
    """The text of the last element inside, its internalId where it is a reference, or the cell's own text."""
    inner = None
    for inner in cell:  # noqa: B007 - the last one is meant; asking for it by number costs twice as much
        pass
    if inner is not None and inner.tag.endswith(_LABEL):
        return None
    text: str | None = cell.text if inner is None else inner.text
    if inner is not None and (text is None or not text.strip(" \t\r\n")):
        text = inner.get("internalId") or next((name.text for name in inner), None)
    return text


def _short(problem: object) -> str:
    text = getattr(problem, "message", None) or str(problem)
    return _QUOTED.sub("'...' is not", " ".join(text.split()))[:240]
