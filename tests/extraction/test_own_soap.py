"""A customer's own SOAP service by a definition alone: the page's example against a responder and a WSDL that no vendor has."""

import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from connectors.extraction.extract import extract_day
from core.errors import Fault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "add_a_platform.md"
WSDL = """<?xml version="1.0"?>
<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:t="urn:acme:gl:1"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:acme:gl:1">
<w:types><xs:schema targetNamespace="urn:acme:gl:1" elementFormDefault="qualified">
<xs:element name="ReadEntries"><xs:complexType><xs:sequence>
 <xs:element name="From" type="xs:date"/><xs:element name="To" type="xs:date"/>
 <xs:element name="After" type="xs:string"/><xs:element name="Most" type="xs:int"/>
</xs:sequence></xs:complexType></xs:element>
<xs:element name="ReadEntriesResponse"><xs:complexType><xs:sequence>
 <xs:element name="Result" type="xs:string"/><xs:element name="Count" type="xs:int"/><xs:element name="NextKey" type="xs:string" minOccurs="0"/>
 <xs:element name="Entry" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
  <xs:element name="Key" type="xs:string"/><xs:element name="Company" type="xs:string"/><xs:element name="Document" type="xs:string"/>
  <xs:element name="Line" type="xs:int"/><xs:element name="Booked" type="xs:date"/><xs:element name="Account" type="xs:string"/>
  <xs:element name="Amount" type="xs:decimal"/><xs:element name="Currency" type="xs:string"/><xs:element name="status" type="xs:string"/>
  <xs:element name="Result" type="xs:string"/><xs:element name="Reference" type="xs:string" minOccurs="0"/>
 </xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:schema></w:types>
<w:message name="In"><w:part name="p" element="t:ReadEntries"/></w:message><w:message name="Out"><w:part name="p" element="t:ReadEntriesResponse"/></w:message>
<w:portType name="P"><w:operation name="ReadEntries"><w:input message="t:In"/><w:output message="t:Out"/></w:operation></w:portType>
<w:binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/><w:operation name="ReadEntries">
<s:operation soapAction="read"/><w:input><s:body use="literal"/></w:input><w:output><s:body use="literal"/></w:output></w:operation></w:binding>
<w:service name="S"><w:port name="S" binding="t:B"><s:address location="http://erp.example/gl"/></w:port></w:service></w:definitions>"""
AMOUNT = "12345678901234567890.1234"
ENTRIES = [
    f"<Entry><Key>k{n}</Key><Company>10</Company><Document>D{n // 2}</Document><Line>{n % 2 + 1}</Line><Booked>{DAY}</Booked>"
    f"<Account>00{4000 + n % 2}</Account><Amount>{'-' if n % 2 else ''}{AMOUNT}</Amount><Currency>EUR</Currency><status>booked</status>"
    f"<Result>none</Result><Reference>A-{n // 2}</Reference></Entry>"
    for n in range(6)
]
ANSWER = """<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body>
<ReadEntriesResponse xmlns="urn:acme:gl:1">{body}</ReadEntriesResponse></E:Body></E:Envelope>"""
Change = Callable[[str], str]


class _Service(ThreadingHTTPServer):
    change: Change = staticmethod(lambda text: text)
    calls = 0


class _Handler(BaseHTTPRequestHandler):
    server: _Service

    def log_message(self, *_: object) -> None:
        """Nothing is shown."""

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        after = re.search(r"After>([^<]*)<", asked)
        start = int(after[1][1:]) + 1 if after and after[1] else 0
        here = ENTRIES[start : start + 2]
        last = start + len(here)
        follows = f"<NextKey>k{last - 1}</NextKey>" if last < len(ENTRIES) else ""
        body = f"<Result>OK</Result><Count>{len(ENTRIES)}</Count>{follows}{''.join(here)}"
        content = self.server.change(ANSWER.format(body=body)).encode()
        self.server.calls += 1
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def service() -> Iterator[_Service]:
    server = _Service(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _read(books: Path, service: _Service, monkeypatch: pytest.MonkeyPatch, edit: Change = lambda text: text) -> list[dict[str, str]]:
    text = PAGE.read_text(encoding="utf-8").partition("## A service with a WSDL")[2]
    folder = books / "platforms" / "acme"
    folder.mkdir(parents=True)
    (books / "wsdl").mkdir()
    (books / "wsdl" / "ledger.wsdl").write_text(WSDL, encoding="utf-8")
    (folder / "platform.toml").write_text(edit(re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0]), encoding="utf-8")
    (folder / "line.sql").write_text(re.findall(r"```sql\n(.*?)```", text, re.DOTALL)[0], encoding="utf-8")
    for name in ("USER", "PASSWORD"):
        monkeypatch.setenv(f"OWN_{name}", "x")
    signing = {"kind": "basic", "secrets": {"user": "env:OWN_USER", "password": "env:OWN_PASSWORD"}}
    given = {"kind": "acme", "url": f"http://127.0.0.1:{service.server_port}", "credentials": signing, "start": DAY, "deliver": ["line"]}
    place = place_of(books)
    extract_day("acme", Source.model_validate(given), place, DAY, ENGINE)
    return delivered(place, "acme", DAY)


KEYSET = 'pager = { kind = "keyset", size = 2, key = ["Key"], start = [""] }'


@pytest.mark.parametrize("pager", ["link", "keyset"])
def test_a_service_of_ones_own_is_read_page_by_page(pager: str, tmp_path: Path, service: _Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def edit(text: str) -> str:
        if pager == "link":
            return text
        return re.sub(r"pager = .*", KEYSET, text).replace("{link}", "{after_key}").replace('fields = ["Company"', 'fields = ["Key", "Company"')

    rows = _read(tmp_path, service, monkeypatch, edit)
    assert [(r["document_id"], r["line_id"], r["amount"], r["event_id"]) for r in rows] == [
        (f"D{n // 2}", str(n % 2 + 1), f"{'-' if n % 2 else ''}{AMOUNT}", f"A-{n // 2}") for n in range(6)
    ]
    assert service.calls == (3 if pager == "link" else 4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.replace(">OK<", ">DENIED<"), "the answer says Result DENIED where OK was asked for"),
        (lambda t: re.sub("<Entry><Key>k3.*?</Entry>", "", t), "5 records came where 6 were announced"),
        (lambda t: re.sub("<NextKey>.*?</NextKey>", "", t), "2 records came where 6 were announced"),
        (lambda t: re.sub("<NextKey>.*?</NextKey>", "<NextKey>k1</NextKey>", t), "in a circle"),
        (lambda t: t.replace("<Company>", "<Extra/><Company>"), "does not fit"),
        (lambda t: t.replace("urn:acme:gl:1", "urn:acme:gl:2"), "does not fit"),
        (lambda t: t.replace(AMOUNT, "1,00"), "does not fit"),
        (lambda t: t[:-40], "cut off"),
        (lambda t: t.replace(f"<Booked>{DAY}", "<Booked>2019-01-01"), "was not asked for"),
    ],
    ids=["a failure", "a record less", "no next page", "a circle", "an element more", "a namespace", "a comma", "cut off", "another day"],
)
def test_what_it_answers_otherwise_stops_the_reading(change: Change, said: str, tmp_path: Path, service: _Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "change", change)
    with pytest.raises(Fault, match=said):
        _read(tmp_path, service, monkeypatch)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"Currency"]', '"Currency", "Curency"]', "declares no element Curency"),
        ('event_id = "Reference"', 'event_id = "Event"', "declares no element Event"),
        ('wsdl = "wsdl/ledger.wsdl"\nwsdl_sha256', "wsdl_sha256", "names no WSDL"),
        ("{page_size}", "all", "does not fit the WSDL"),
        ('"ReadEntries"', '"ReadAll"', "no operation ReadAll"),
    ],
    ids=["a field", "a mapped field", "no wsdl", "a request", "an operation"],
)
def test_a_definition_that_does_not_fit_is_told(old: str, new: str, said: str, tmp_path: Path, service: _Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Fault, match=said):
        _read(tmp_path, service, monkeypatch, lambda text: text.replace(old, new))
