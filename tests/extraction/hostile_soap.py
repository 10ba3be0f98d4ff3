"""A NetSuite responder that knows nothing but the account's WSDL: answers are made from its schemas and written in every form XML allows.

What belongs here: types out of schema files, answers as trees, ways of writing them, a bare server. It shares nothing with our stand-ins on purpose.
"""

import gzip
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from lxml import etree

_XSD = "{http://www.w3.org/2001/XMLSchema}"
SOAP, XSI = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2001/XMLSchema-instance"
SAMPLES = {
    "SearchColumnStringField": "x & y",
    "SearchColumnDoubleField": "-1.5E-3",
    "SearchColumnBooleanField": "1",
    "SearchColumnLongField": "9007199254740993",
}


@dataclass
class Node:
    """An element: namespace, name, attributes, and children or text."""

    space: str
    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    inner: "list[Node] | str" = ""

    @property
    def children(self) -> "list[Node]":
        assert isinstance(self.inner, list)
        return self.inner

    def find(self, name: str) -> "Iterator[Node]":
        """Every element of that name below."""
        for child in self.inner if isinstance(self.inner, list) else []:
            if child.name == name:
                yield child
            yield from child.find(name)


class Types:
    """Complex types of schema files: their elements in order, with the namespace each is in and the name of its type."""

    def __init__(self, folder: Path) -> None:
        self.types: dict[str, tuple[str, etree._Element]] = {}
        for path in folder.rglob("*.xsd"):
            schema = etree.parse(str(path)).getroot()
            self.types |= {t.get("name", ""): (schema.get("targetNamespace", ""), t) for t in schema.iterfind(f"{_XSD}complexType")}

    def elements(self, name: str) -> list[tuple[str, str, str]]:
        """(namespace, element, type) of a type, those of its base first."""
        space, found = self.types[name]
        base = found.find(f".//{_XSD}extension")
        before = self.elements(base.get("base", "").rpartition(":")[2]) if base is not None else []
        return before + [(space, e.get("name", ""), e.get("type", "").rpartition(":")[2]) for e in found.iterfind(f".//{_XSD}element") if e.get("name")]

    def row(self, values: Mapping[str, str], custom: Mapping[str, str], extra: Sequence[str] = ()) -> Node:
        """A search row with these columns (`join/name`), custom fields, and one more column of each extra type, all in the schema's order."""
        sales = self.types["TransactionSearchRow"][0]
        core = self.types["SearchColumnStringField"][0]
        joins = []
        for space, join, kind in self.elements("TransactionSearchRow"):
            left = list(extra) if join == "basic" else []
            cells = []
            for cell_space, column, cell_kind in self.elements(kind) if any(v.startswith(f"{join}/") for v in values) else []:
                text = values.get(f"{join}/{column}")
                if column == "customFieldList" and join == "basic" and custom:
                    cells.append(Node(cell_space, column, {}, [self._custom(core, n, v) for n, v in custom.items()]))
                elif text is None and cell_kind in left:
                    left.remove(cell_kind)
                    text = SAMPLES[cell_kind]
                if text is not None:
                    value = {"internalId": text} if cell_kind == "SearchColumnSelectField" else {}
                    cells.append(Node(cell_space, column, {}, [Node(core, "searchValue", value, "" if value else text)]))
            joins += [Node(space, join, {}, cells)] if cells else []
        return Node(core, "searchRow", {"xsi:type": f"{sales} TransactionSearchRow"}, joins)

    def _custom(self, core: str, name: str, text: str) -> Node:
        return Node(core, "customField", {"xsi:type": f"{core} SearchColumnStringCustomField", "scriptId": name}, [Node(core, "searchValue", {}, text)])

    def answer(self, rows: Sequence[Node], total: int, pages: int, index: int, name: str) -> Node:
        """A whole envelope."""
        core = self.types["SearchResult"][0]
        messages = core.replace("urn:core_", "urn:messages_")
        facts = {"totalRecords": total, "pageSize": 1000, "totalPages": pages, "pageIndex": index, "searchId": "S-1"}
        result = [Node(core, "status", {"isSuccess": "true"}), *(Node(core, n, {}, str(v)) for n, v in facts.items())]
        result += [Node(core, "searchRowList", {}, list(rows))] if rows else []
        return Node(SOAP, "Envelope", {}, [Node(SOAP, "Body", {}, [Node(messages, name, {}, [Node(core, "searchResult", {}, result)])])])


@dataclass(frozen=True)
class Style:
    """A legal way of writing a tree and of sending it."""

    prefix: str = "n{}"
    """{} for the namespace's number; empty: every element declares its own namespace as the default."""
    text: Callable[[str], str] = lambda t: t.replace("&", "&amp;").replace("<", "&lt;")
    quote: str = '"'
    between: str = ""
    is_reversed: bool = False
    """Attributes the other way round."""
    encoding: str = "utf-8"
    declaration: str = '<?xml version="1.0" encoding="{}"?>'
    mark: bytes = b""
    is_zipped: bool = False
    is_chunked: bool = False

    def write(self, root: Node) -> bytes:
        spaces: dict[str, str] = {XSI: "xsi"}
        body = self._element(root, spaces)
        declared = "".join(f" xmlns:{p}={self.quote}{s}{self.quote}" for s, p in spaces.items())
        head, name, rest = re.split(r"(<[\w:.-]+)", body, maxsplit=1)
        text = f"{self.declaration.format(self.encoding)}{head}{name}{declared}{rest}"
        return self.mark + text.encode(self.encoding)

    def _element(self, node: Node, spaces: dict[str, str]) -> str:
        prefix = spaces.setdefault(node.space, f"q{len(spaces)}" if not self.prefix else self.prefix.format(len(spaces)))
        name, own = (f"{prefix}:{node.name}", "") if self.prefix else (node.name, f" xmlns={self.quote}{node.space}{self.quote}")
        pairs = [(k, self._attribute(k, v, spaces)) for k, v in node.attributes.items()]
        shown = own + "".join(f" {k}={self.quote}{v}{self.quote}" for k, v in (reversed(pairs) if self.is_reversed else pairs))
        if isinstance(node.inner, list):
            inner = self.between + "".join(self._element(c, spaces) + self.between for c in node.inner)
        else:
            inner = self.text(node.inner) if node.inner else ""
        return f"<{name}{shown}>{inner}</{name}>"

    def _attribute(self, key: str, value: str, spaces: dict[str, str]) -> str:
        if key != "xsi:type":
            return value.replace("&", "&amp;").replace("<", "&lt;").replace(self.quote, "&#34;" if self.quote == '"' else "&#39;")
        space, kind = value.split(" ")
        return f"{spaces.setdefault(space, f't{len(spaces)}')}:{kind}"


def _references(text: str) -> str:
    return "".join(f"&#{ord(c)};" if n % 2 else f"&#x{ord(c):X};" for n, c in enumerate(text))


def _split(text: str) -> str:
    """Half text, half CDATA, with a comment and an instruction in between."""
    half = len(text) // 2
    return f"<!--{len(text)}--><![CDATA[{text[:half]}]]><?keep going?>{text[half:].replace('&', '&amp;').replace('<', '&lt;')}"


PLAIN = Style()
STYLES = {
    "plain": PLAIN,
    "other prefixes": replace(PLAIN, prefix="ns-{}.x"),
    "default namespaces": replace(PLAIN, prefix=""),
    "cdata": replace(PLAIN, text=lambda t: f"<![CDATA[{t}]]>"),
    "comments and instructions": replace(PLAIN, text=_split, between="\n<!-- > -->"),
    "character references": replace(PLAIN, text=_references),
    "single quotes": replace(PLAIN, quote="'", is_reversed=True),
    "indented": replace(PLAIN, between="\r\n\t  "),
    "utf-16": replace(PLAIN, encoding="utf-16"),
    "utf-16 big end first": replace(PLAIN, encoding="utf-16-be", declaration='<?xml version="1.0" encoding="UTF-16"?>', mark=b"\xfe\xff"),
    "latin-1": replace(PLAIN, encoding="iso-8859-1"),
    "windows": replace(PLAIN, encoding="windows-1252"),
    "byte order mark": replace(PLAIN, mark=b"\xef\xbb\xbf"),
    "no declaration": replace(PLAIN, declaration=""),
    "zipped": replace(PLAIN, is_zipped=True),
    "in chunks": replace(PLAIN, is_chunked=True),
}


class Responder:
    """Serves pages; `answer` says what page follows which request."""

    def __init__(self, answer: Callable[[bytes], tuple[bytes, Style]]) -> None:
        self.asked: list[bytes] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                asked = self.path.encode() + b"\n" + self.rfile.read(int(self.headers.get("Content-Length", "0")))
                outer.asked.append(asked)
                content, style = answer(asked)
                content = gzip.compress(content) if style.is_zipped else content
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                if style.is_zipped:
                    self.send_header("Content-Encoding", "gzip")
                self.send_header(*(("Transfer-Encoding", "chunked") if style.is_chunked else ("Content-Length", str(len(content)))))
                self.end_headers()
                if not style.is_chunked:
                    self.wfile.write(content)
                    return
                for start in range(0, len(content), 777):
                    piece = content[start : start + 777]
                    self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.write(b"0\r\n\r\n")

            do_GET = do_POST = _answer

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving(pages: Sequence[Node], style: Style, mutate: Callable[[bytes], bytes] = lambda b: b) -> Iterator[Responder]:
    """A responder that gives the pages in turn, the first one to a search, whatever the window: an empty answer to every other day."""

    def answer(asked: bytes) -> tuple[bytes, Style]:
        index = int((re.findall(rb"pageIndex>(\d+)", asked) or [b"1"])[0])
        is_day = b"searchMoreWithId" in asked or b">2026-03-31T00" in asked
        return mutate(style.write(pages[index - 1] if is_day else pages[-1])), style

    with Responder(answer) as responder:
        yield responder
