"""NetSuite by SuiteTalk SOAP against its own WSDL: outgoing and incoming envelopes are judged by the vendor's schemas; drift is loud."""

import hashlib
import os
import re
import shutil
import socket
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from benchmarks.erp_parse import cost
from connectors.extraction.definition import platform
from connectors.extraction.extract import extract_day
from connectors.extraction.records import Drift
from connectors.soap.description import description, fingerprint
from connectors.soap.stream import named_in, parse_page
from core.errors import Fault as OurFault
from core.errors import SystemFault, UsageFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of
from tests.extraction.vendor_files import vendor_file
from tieout.standins.server import Asked, Fault, Reply, StandIn

SECRETS = {"account": "TST", "consumer_key": "ck-soap-1", "consumer_secret": "cs-soap-1", "token_id": "ti-soap-1", "token_secret": "ts-soap-1"}
PAGE = 40


def row_xml(n: int, line: int, version: str, amount: str = "") -> str:
    """One search row, as the schema allows it: a local date late in the evening, west of Greenwich."""
    column, account = ("creditAmount", "0021550000") if line == 1 else ("debitAmount", "400000")
    return (
        f'<c:searchRow xsi:type="s:TransactionSearchRow" xmlns:s="urn:sales_{version}.transactions.webservices.netsuite.com" '
        f'xmlns:p="urn:common_{version}.platform.webservices.netsuite.com"><s:basic>'
        f"<p:{column}><c:searchValue>{amount or f'{n}.1'}</c:searchValue></p:{column}>"
        f'<p:internalId><c:searchValue internalId="{n}"/></p:internalId><p:line><c:searchValue>{line}</c:searchValue></p:line>'
        f'<p:memo><c:searchValue>made up</c:searchValue></p:memo><p:subsidiary><c:searchValue internalId="1"/></p:subsidiary>'
        f"<p:tranDate><c:searchValue>2026-03-31T23:00:00.000-08:00</c:searchValue></p:tranDate><p:tranId><c:searchValue>JE{n}</c:searchValue></p:tranId>"
        f'<p:customFieldList><c:customField xsi:type="c:SearchColumnStringCustomField" scriptId="custcol_loyalty_event"><c:searchValue>A-{n}</c:searchValue>'
        f"</c:customField></p:customFieldList></s:basic><s:accountJoin><p:number><c:searchValue>{account}</c:searchValue></p:number></s:accountJoin></c:searchRow>"
    )


def page_xml(rows: list[str], total: int, index: int, version: str, name: str = "searchResponse") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><m:{name} xmlns:m="urn:messages_{version}.platform.webservices.netsuite.com">'
        f'<c:searchResult xmlns:c="urn:core_{version}.platform.webservices.netsuite.com"><c:status isSuccess="true"/><c:totalRecords>{total}</c:totalRecords>'
        f"<c:pageSize>{PAGE}</c:pageSize><c:totalPages>{-(-total // PAGE)}</c:totalPages><c:pageIndex>{index}</c:pageIndex><c:searchId>WEB-1</c:searchId>"
        f"<c:searchRowList>{''.join(rows)}</c:searchRowList></c:searchResult></m:{name}></soapenv:Body></soapenv:Envelope>"
    ).encode()


class Responder(StandIn):
    """Answers search and searchMoreWithId of one version."""

    def __init__(self, documents: int, version: str) -> None:
        super().__init__()
        self.version = version
        self.rows = [row_xml(n, line, version) for n in range(1, documents + 1) for line in (1, 2)]

    def answer(self, asked: Asked) -> Reply:
        text = asked.body.decode()
        if asked.target != f"/services/NetSuitePort_{self.version}" or SECRETS["consumer_key"] not in text:
            return Reply(404)
        index = int((re.findall(r"pageIndex>(\d+)", text) or ["1"])[0])
        day = (re.findall(r"searchValue>(\d{4}-\d\d-\d\d)T00", text) or [DAY.isoformat()])[0]
        rows = self.rows if day == DAY.isoformat() else []
        name = "searchMoreWithIdResponse" if "searchMoreWithId" in text else "searchResponse"
        return Reply(200, page_xml(rows[(index - 1) * PAGE : index * PAGE], len(rows), index, self.version, name), {"Content-Type": "text/xml"})


@pytest.fixture(scope="module", params=["2023_2", "2025_2"])
def wsdl(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The vendor's WSDL in books of its own; once with its version renamed in every file: no version is written into our code."""
    return _wsdl_of(request.param, tmp_path_factory)


@pytest.fixture(scope="module")
def one_wsdl(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The vendor's WSDL as it is."""
    return _wsdl_of("2023_2", tmp_path_factory)


def _wsdl_of(version: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp(version) / "wsdl"
    shutil.copytree(vendor_file("netsuite"), folder)
    for path in [*folder.rglob("*.xsd"), *folder.rglob("*.wsdl")]:
        path.write_bytes(path.read_bytes().replace(b"2023_2", version.encode()))
    return folder / "netsuite.wsdl", version


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"NS_{name.upper()}", value)
    monkeypatch.setattr(time, "sleep", lambda _: None)


def _extract(tmp_path: Path, wsdl: tuple[Path, str], system: Responder, **settings: str) -> list[dict[str, str]]:
    chosen = {"account": "TST", "version": wsdl[1], "wsdl": str(wsdl[0]), "currency": "USD", "zone": "-08:00", **settings}
    source = Source.model_validate(
        {"kind": "netsuite_soap", "url": system.url, "credentials": {"kind": "oauth1_tba"}, "settings": chosen, "deliver": ["line"], "start": date(2026, 3, 30)}
    )
    place = place_of(tmp_path)
    extract_day("ns", source, place, DAY, ENGINE)
    return delivered(place, "ns", DAY)


def test_pages_come_complete_exact_and_on_the_local_day(tmp_path: Path, wsdl: tuple[Path, str]) -> None:
    with Responder(50, wsdl[1]) as system:
        system.faults = [Fault(Reply(500, b"<f><code>WS_REQUEST_BLOCKED</code></f>")), Fault(drops=True)]
        rows = _extract(tmp_path, wsdl, system, wsdl_sha256=fingerprint(wsdl[0]))
    assert len(rows) == 100
    assert {r["posting_date"] for r in rows} == {"2026-03-31"}, "the local day stays, whatever the offset"
    assert {(r["document_id"], r["line_id"], r["account"], r["amount"], r["event_id"]) for r in rows if r["document_id"] == "7"} == {
        ("7", "1", "0021550000", "-7.1", "A-7"), ("7", "2", "400000", "7.1", "A-7"),
    }  # fmt: skip
    everything = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert not [v for v in SECRETS.values() if v != "TST" and v.encode() in everything]


def test_credentials_that_are_refused_are_not_tried_again(tmp_path: Path, wsdl: tuple[Path, str]) -> None:
    """Six tries a night would lock the account; what the system says of it is told."""
    says = b"<f><faultstring>You have entered an invalid email address or account number.</faultstring><detail><p:invalidCredentialsFault/></detail></f>"
    with Responder(5, wsdl[1]) as system:
        system.faults = [Fault(Reply(500, says)) for _ in range(9)]
        with pytest.raises(SystemFault, match=r"answered 500: You have entered an invalid email.*did not let us in"):
            _extract(tmp_path, wsdl, system)
        assert len(system.asked) == 1


def _with_dtd_in_utf_16(answer: bytes) -> bytes:
    """An entity inside a figure, declared in an encoding that hides the declaration from a search of bytes."""
    text = answer.decode().replace('UTF-8"?>', 'UTF-16"?><!DOCTYPE x [<!ENTITY e "1">]>').replace(">7.1<", ">7&e;.1<")
    return text.encode("utf-16")


MUTATIONS: dict[str, Callable[[bytes], bytes]] = {
    "decimal comma": lambda b: b.replace(b">7.1<", b">7,1<"),
    "unknown element": lambda b: b.replace(b"<p:memo>", b"<p:surprise/><p:memo>", 1),
    "reordered": lambda b: re.sub(rb"(<p:line>.*?</p:line>)(<p:memo>.*?</p:memo>)", rb"\2\1", b, count=1),
    "other version": lambda b: b.replace(b"urn:common_2", b"urn:common_1"),
    "cut off": lambda b: b[: len(b) * 2 // 3],
    "row lost": lambda b: re.sub(rb"<c:searchRow .*?</c:searchRow>", b"", b, count=1),
    "amount gone": lambda b: re.sub(rb"<p:creditAmount>.*?</p:creditAmount>", b"", b, count=1),
    "total moves": lambda b: b.replace(b"<c:totalRecords>100<", b"<c:totalRecords>99<") if b"<c:pageIndex>2<" in b else b,
    "failure inside": lambda b: b.replace(b'isSuccess="true"', b'isSuccess="false"'),
    "dtd": lambda b: b.replace(b"?><", b'?><!DOCTYPE x [<!ENTITY e "1">]><', 1),
    "dtd in UTF-16": _with_dtd_in_utf_16,
    "records not counted": lambda b: re.sub(rb"<c:totalRecords>.*?</c:totalRecords>", b"", b),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_answer_is_loud(name: str, tmp_path: Path, one_wsdl: tuple[Path, str]) -> None:
    with Responder(50, one_wsdl[1]) as system:
        system.faults = [Fault(mutate=MUTATIONS[name]) for _ in range(9)]
        with pytest.raises(SystemFault) as told:
            _extract(tmp_path, one_wsdl, system)
    assert told.value.exit_code == 3
    assert not list(tmp_path.rglob("ledger_line*.parquet"))


def test_a_comment_inside_a_figure_does_not_cut_it(tmp_path: Path, one_wsdl: tuple[Path, str]) -> None:
    with Responder(10, one_wsdl[1]) as system:
        system.faults = [Fault(mutate=lambda b: b.replace(b">7.1<", b">7<!-- seven -->.1<").replace(b"<p:memo>", b"<!-- x --><p:memo>")) for _ in range(9)]
        rows = _extract(tmp_path, one_wsdl, system)
    assert sorted(r["amount"] for r in rows if r["document_id"] == "7") == ["-7.1", "7.1"]


def test_a_request_that_does_not_fit_never_leaves(tmp_path: Path, wsdl: tuple[Path, str]) -> None:
    with Responder(1, wsdl[1]) as system:
        with pytest.raises(OurFault, match="does not fit the WSDL"):
            _extract(tmp_path, wsdl, system, zone=" at noon")
        with pytest.raises(UsageFault, match="the WSDL has changed"):
            _extract(tmp_path / "2", wsdl, system, wsdl_sha256=hashlib.sha256(b"other").hexdigest())
        assert system.asked == []


def test_a_wsdl_from_the_network_or_with_a_dtd_is_refused(tmp_path: Path) -> None:
    text = vendor_file("sap_s4hana", "JOURNALENTRYCREATEREQUESTCONFI.wsdl").read_text(encoding="utf-8")
    (tmp_path / "dtd.wsdl").write_text(text.replace("?>", '?><!DOCTYPE x [<!ENTITY e "1">]>', 1), encoding="utf-8")
    with pytest.raises(UsageFault, match="cannot be read"):
        description(tmp_path / "dtd.wsdl", "any")
    network = '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><import namespace="u" location="http://example.com/a.wsdl"/></definitions>'
    (tmp_path / "net.wsdl").write_text(network, encoding="utf-8")
    with pytest.raises(OurFault):
        description(tmp_path / "net.wsdl", "any")


def test_the_wsdl_loads_offline(wsdl: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "create_connection", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    folder = shutil.copytree(wsdl[0].parent, tmp_path / "wsdl")
    found = description(folder / "netsuite.wsdl", fingerprint(folder / "netsuite.wsdl"))
    found.schemas(named_in(platform("netsuite_soap").definition.streams["line"])).judge(page_xml([row_xml(1, 1, wsdl[1])], 1, 1, wsdl[1]))
    assert found.operation("search")[0].endswith(wsdl[1])


LINES = int(os.environ.get("TIEOUT_LEDGER_LINES", "50000"))
"""Fewer than the million that is promised, so that it costs seconds; TIEOUT_LEDGER_LINES=1000000 reads them all."""


def test_a_million_lines_need_less_than_a_gigabyte() -> None:
    """How long they take is what benchmarks.erp_parse measures: tests time nothing."""
    spent = cost("netsuite_soap", "ours", LINES, str(vendor_file("netsuite", "netsuite.wsdl")), 1)
    assert spent.memory < 1, spent


def test_reading_a_page_costs_little_more_than_walking_it() -> None:
    stream = platform("netsuite_soap").definition.streams["line"]
    content = page_xml([row_xml(n, 1, "2023_2") for n in range(2000)], 2000, 1, "2023_2")
    page = parse_page(stream, content, {f: f for f in stream.fields})
    assert page.count == 2000
    assert page.columns["basic.creditAmount"][7] == "7.1"
    assert Decimal(sum(Decimal(a or 0) for a in page.columns["basic.creditAmount"])) == sum(Decimal(n) + Decimal("0.1") for n in range(2000))
    with pytest.raises(Drift, match="cut off"):
        parse_page(stream, content[:-500], {f: f for f in stream.fields}, None)
    assert etree.fromstring(content) is not None
