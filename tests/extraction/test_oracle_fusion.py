"""Oracle Fusion by BI Publisher reports over SOAP: files in base64, whole and in pieces; what lacks a byte, a column or a row is loud."""

import base64
import re
import shutil
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.extraction.definition import platform
from connectors.extraction.extract import extract_day
from connectors.soap.description import fingerprint
from core.errors import SystemFault, UsageFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of, small_ledger
from tieout.standins.ledger import Ledger
from tieout.standins.oracle import SECRETS, SETTINGS, WSDL, Fusion
from tieout.standins.oracle_tables import REFERENCES
from tieout.standins.server import Fault, Reply

PACKAGED = Path(__file__).resolve().parents[2] / "connectors" / "platforms" / "oracle_fusion"
Change = Callable[[bytes], bytes]


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody waits; how long is kept."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"OF_{name.upper()}", value)
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", asked.append)
    return asked


def _source(system: Fusion, **more: object) -> Source:
    settings = {**SETTINGS, **dict(more.pop("settings", {}))}  # type: ignore[call-overload]
    given = {"kind": "oracle_fusion", "url": system.url, "credentials": {"kind": "basic"}, "settings": settings, "fields": REFERENCES, "deliver": ["line"],
             "start": date(2026, 3, 30), **more}  # fmt: skip
    return Source.model_validate(given)


def _same(rows: list[dict[str, str]], ledger: Ledger) -> None:
    keys = ("ledger_id", "company_id", "document_id", "line_id", "posting_date", "account", "currency", "event_id", "order_id", "member_id", "programme_id")
    assert sorted((*(str(r[k]) for k in keys), Decimal(r["amount"]), Decimal(r["points"])) for r in rows) == sorted(
        (*(r[k] for k in keys), Decimal(r["amount"]), Decimal(r["points"])) for _, r in ledger.lines
    )


def _small_pages(books: Path, size: int) -> None:
    """The packaged definition with another page size, as the books' own platform."""
    shutil.copytree(PACKAGED, books / "platforms" / "oracle_fusion")
    path = books / "platforms" / "oracle_fusion" / "platform.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("size = 50000", f"size = {size}"), encoding="utf-8")


@pytest.mark.parametrize("form", ["csv", "xml"])
@pytest.mark.parametrize(("chunk", "size"), [("-1", 50000), ("3000", 50000), ("900", 7)], ids=["whole", "pieces", "pieces of pages"])
def test_a_report_comes_complete_and_exact(form: str, chunk: str, size: int, tmp_path: Path) -> None:
    ledger = small_ledger(30, days=2)
    with Fusion(ledger) as system:
        system.faults = [Fault(Reply(503)), Fault(drops=True)]
        place = place_of(tmp_path)
        _small_pages(tmp_path, size)
        settings = {"format": form, "chunk_bytes": chunk, "wsdl_sha256": fingerprint(WSDL)}
        found = extract_day("of", _source(system, settings=settings, deliver=["line", "balance"]), place, DAY, ENGINE)
    _same(delivered(place, "of", DAY), ledger)
    assert found.facts["gates"]["control totals"] == "agree with the system's own"  # type: ignore[index]
    assert {(r["account"], r["amount"]) for r in delivered(place, "of", DAY, "ledger_balance")} == {("0021550000", "-468"), ("400000", "468")}
    assert (len(list(place.folder("of", DAY).glob("line/*/*.page"))) == 2) == (chunk == "-1"), "every answer is kept, piece by piece"
    everything = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert SECRETS["password"].encode() not in everything
    assert base64.b64encode(f"{SECRETS['user']}:{SECRETS['password']}".encode()) not in everything


def test_accounts_that_no_report_can_be_asked_for_are_kept_after_the_whole_is_proven(tmp_path: Path) -> None:
    with Fusion(small_ledger(30)) as system:
        place = place_of(tmp_path)
        found = extract_day("of", _source(system, accounts=["0021550000"], deliver=["line", "balance"]), place, DAY, ENGINE)
    assert [r["account"] for r in delivered(place, "of", DAY)] == ["0021550000"] * 30
    assert [(r["account"], r["amount"]) for r in delivered(place, "of", DAY, "ledger_balance")] == [("0021550000", "-468")]
    assert found.facts["gates"]["documents balance"] == "holds"  # type: ignore[index]
    assert found.facts["gates"]["control totals"] == "agree with the system's own"  # type: ignore[index]
    assert found.facts["left_out"] == {"line": 30, "balance": 1}


def test_a_day_without_postings_is_proven_to_be_one(tmp_path: Path) -> None:
    with Fusion(small_ledger(3)) as system:
        extract_day("of", _source(system, start=date(2026, 3, 1)), place_of(tmp_path), date(2026, 3, 2), ENGINE)
    assert delivered(place_of(tmp_path), "of", date(2026, 3, 2)) == []


def test_more_than_ten_megabytes_in_one_text_node(tmp_path: Path) -> None:
    ledger = small_ledger(100)
    for _, row in ledger.lines:
        row["text"] = 'made up, "quoted", and\nof two lines ' + "x" * 60_000
    with Fusion(ledger) as system:
        extract_day("of", _source(system, settings={"chunk_bytes": "-1"}), place_of(tmp_path), DAY, ENGINE)
    rows = delivered(place_of(tmp_path), "of", DAY)
    _same(rows, ledger)
    assert {r["text"] for r in rows} == {ledger.lines[0][1]["text"]}
    assert max(p.stat().st_size for p in tmp_path.rglob("*.page")) > 15 << 20


def _of_csv(change: Change) -> Change:
    """A change of the report inside an answer of lines; other answers stay."""

    def changed(answer: bytes) -> bytes:
        found = re.search(rb"(?<=<p:reportBytes>)[^<]+", answer)
        if found is None or b"JE_LINE_NUM" not in base64.b64decode(found[0]):
            return answer
        return answer.replace(found[0], base64.b64encode(change(base64.b64decode(found[0]))))

    return changed


def _column(csv: bytes, name: bytes, give: Callable[[int, bytes], bytes]) -> bytes:
    """Another cell for one column, line by line; the header is line 0."""
    lines = [row.split(b",") for row in csv.splitlines()]
    at = lines[0].index(name)
    for n, cells in enumerate(lines):
        cells[at] = give(n, cells[at])
    return b"\n".join(b",".join(c for c in cells if c != b"GONE") for cells in lines) + b"\n"


def _turned(csv: bytes) -> bytes:
    return b"\n".join(b",".join(reversed(row.split(b","))) for row in csv.splitlines()) + b"\n"


MUTATIONS: dict[str, Change] = {
    "decimal comma": _of_csv(lambda b: b.replace(b",7.1,", b',"7,1",')),
    "thousands": _of_csv(lambda b: b.replace(b",7.1,", b',"7,001.1",')),
    "no number": _of_csv(lambda b: b.replace(b",7.1,", b",7.1.0,")),
    "column lost": _of_csv(lambda b: _column(b, b"ACCOUNTED_CR", lambda n, c: b"GONE")),
    "column renamed": _of_csv(lambda b: b.replace(b"ACCOUNTED_CR", b"ACC_CR")),
    "column headed twice": _of_csv(lambda b: b.replace(b"ENTERED_CR", b"ACCOUNTED_CR")),
    "our own column lost": _of_csv(lambda b: _column(b, b"ATTRIBUTE2", lambda n, c: b"GONE")),
    "amounts lost": _of_csv(lambda b: _column(b, b"ACCOUNTED_DR", lambda n, c: c if n == 0 else b"")),
    "dates in another order": _of_csv(lambda b: b.replace(b"2026-03-31", b"31-03-2026")),
    "row lost": _of_csv(lambda b: b"\n".join(b.splitlines()[:-1]) + b"\n"),
    "document lost": _of_csv(lambda b: b"\n".join(b.splitlines()[:-2]) + b"\n"),
    "row twice": _of_csv(lambda b: b + b.splitlines()[-1] + b"\n"),
    "rows gone": _of_csv(lambda b: b.splitlines()[0] + b"\n"),
    "file blank": _of_csv(lambda b: b""),
    "cut inside a row": _of_csv(lambda b: b[:-30]),
    "cut inside the last cell": _of_csv(lambda b: b[:-2]),
    "unposted": _of_csv(lambda b: b.replace(b",P,A\n", b",U,A\n", 1)),
    "posted on a day that was not asked for": _of_csv(lambda b: _column(b, b"POSTED_DATE", lambda n, c: b"2026-03-01" if n == 1 else c)),
    "posted on no day": _of_csv(lambda b: _column(b, b"POSTED_DATE", lambda n, c: b"" if n == 1 else c)),
    "base64 cut": lambda b: re.sub(rb"..(?=</p:reportBytes>)", b"", b),
    "base64 of something else": lambda b: b.replace(b"<p:reportBytes>", b"<p:reportBytes>*"),
    "envelope cut": lambda b: b[: len(b) * 2 // 3],
    "unknown element": lambda b: b.replace(b"<p:reportContentType>", b"<p:surprise/><p:reportContentType>"),
    "reordered": lambda b: re.sub(rb"(<p:reportBytes>.*</p:reportBytes>)(<p:reportContentType>.*</p:reportContentType>)", rb"\2\1", b),
    "other namespace": lambda b: b.replace(b"oxp/service/PublicReportService", b"oxp/service/v2"),
    "bytes gone": lambda b: re.sub(rb"<p:reportBytes>.*</p:reportBytes>", b"", b),
    "bytes nil": lambda b: re.sub(rb"<p:reportBytes>.*</p:reportBytes>", b'<p:reportBytes xsi:nil="true"/>', b),
    "two files": lambda b: re.sub(rb"(<p:runReportReturn>.*</p:runReportReturn>)", rb"\1\1", b),
    "dtd": lambda b: b.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY e "1">]>', 1),
    "a page to sign in": lambda b: b"<html><body>Sign In</body></html>",
}  # fmt: skip


def _stops(system: Fusion, tmp_path: Path, **more: object) -> str:
    with pytest.raises(SystemFault) as told:
        extract_day("of", _source(system, **more), place_of(tmp_path), DAY, ENGINE)
    assert told.value.exit_code == 3
    assert not list(tmp_path.rglob("ledger_line*.parquet"))
    return str(told.value)


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_answer_is_loud(name: str, tmp_path: Path) -> None:
    with Fusion(small_ledger(20)) as system:
        system.faults = [Fault(mutate=MUTATIONS[name]) for _ in range(9)]
        said = _stops(system, tmp_path, settings={"chunk_bytes": "-1"})
    assert "7.1" not in said and "A-7" not in said, "a message never shows a figure"


def test_columns_in_another_order_are_read_by_name(tmp_path: Path) -> None:
    ledger = small_ledger(20)
    with Fusion(ledger) as system:
        system.faults = [Fault(mutate=_of_csv(_turned)) for _ in range(9)]
        extract_day("of", _source(system, settings={"chunk_bytes": "-1"}), place_of(tmp_path), DAY, ENGINE)
    _same(delivered(place_of(tmp_path), "of", DAY), ledger)


XML: dict[str, Change] = {
    "empty elements left out": lambda b: re.sub(rb"<TAX_CODE/>", b"", b, count=1),
    "element twice": lambda b: b.replace(b"<STATUS>P</STATUS>", b"<STATUS>P</STATUS><STATUS>P</STATUS>", 1),
    "cut": lambda b: b[:-40],
    "entity": lambda b: b.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY e "1">]>', 1).replace(b">7.1<", b">&e;7.1<"),
    "other row element": lambda b: b.replace(b"G_1>", b"G_2>"),
}


@pytest.mark.parametrize("name", XML)
def test_a_changed_report_in_xml_is_loud(name: str, tmp_path: Path) -> None:
    with Fusion(small_ledger(20)) as system:
        system.faults = [Fault(mutate=_of_csv(XML[name])) for _ in range(9)]
        _stops(system, tmp_path, settings={"chunk_bytes": "-1", "format": "xml"})


PIECES: dict[str, Change] = {
    "piece lost": lambda b: re.sub(rb"(?<=<p:reportDataOffset>)\d+", lambda m: str(int(m[0]) + 500).encode(), b),
    "ends too early": lambda b: re.sub(rb"(?<=<p:reportDataOffset>)\d+", b"-1", b),
    "piece short": lambda b: re.sub(rb"(?<=<p:reportDataChunk>)....", b"", b),
    "piece empty": lambda b: re.sub(rb"(?<=<p:reportDataChunk>)[^<]+", b"", b),
    "offset no number": lambda b: re.sub(rb"(?<=<p:reportDataOffset>)[\d-]+", b"", b),
    "goes back": lambda b: re.sub(rb"(?<=<p:reportDataOffset>)\d+", b"500", b),
}


@pytest.mark.parametrize("name", PIECES)
def test_a_changed_piece_is_loud(name: str, tmp_path: Path) -> None:
    with Fusion(small_ledger(20)) as system:
        system.faults = [Fault(mutate=PIECES[name], only="downloadReportDataChunk") for _ in range(99)]
        _stops(system, tmp_path, settings={"chunk_bytes": "500"})


def test_a_server_that_stops_a_report_early_is_found_out_by_the_totals(tmp_path: Path) -> None:
    with Fusion(small_ledger(20), rows_allowed=30) as system:
        assert "control totals: line_count 30 read, 40 stated" in _stops(system, tmp_path)


def test_balances_that_are_not_all_there_are_loud(tmp_path: Path) -> None:
    with Fusion(small_ledger(20), rows_allowed=1) as system:
        assert "the balances are not all there" in _stops(system, tmp_path, settings={"line_report": "/Custom/tieout/lines.xdo"}, deliver=["balance"])


def test_it_waits_as_asked_and_says_what_a_fault_said(tmp_path: Path, waits: list[float]) -> None:
    with Fusion(small_ledger(2)) as system:
        system.faults = [Fault(Reply(429, b"", {"Retry-After": "17"}))]
        extract_day("of", _source(system), place_of(tmp_path / "1"), DAY, ENGINE)
        assert max(waits) >= 17
        said = _stops(system, tmp_path / "2", settings={"line_report": "/Custom/other.xdo"})
    assert "oracle.xdo.webservice.exception.InvalidParametersException: /Custom/other.xdo" in said


def test_a_reading_that_was_broken_off_is_read_again_and_kept(tmp_path: Path) -> None:
    ledger = small_ledger(20)
    with Fusion(ledger) as system:
        system.faults = [Fault(seconds=0), Fault(seconds=0), Fault(seconds=0), *(Fault(Reply(503)) for _ in range(6))]
        _stops(system, tmp_path, settings={"chunk_bytes": "500"})
        extract_day("of", _source(system, settings={"chunk_bytes": "500"}), place_of(tmp_path), DAY, ENGINE)
    _same(delivered(place_of(tmp_path), "of", DAY), ledger)
    assert list(place_of(tmp_path).folder("of", DAY).glob("line/*.attempt1/*.page")), "what came before is evidence"


def test_what_is_posted_late_comes_with_the_overlap(tmp_path: Path) -> None:
    early, late = small_ledger(20), small_ledger(20)
    late.lines += [(date(2026, 4, 1), {**r, "document_id": f"9{r['document_id'][1:]}"}) for _, r in small_ledger(2).lines]
    with Fusion(early) as system:
        place = place_of(tmp_path)
        extract_day("of", _source(system), place, DAY, ENGINE)
        system.load(late)
        found = extract_day("of", _source(system), place, date(2026, 4, 1), ENGINE)
    assert found.facts["lines"] == {"read": 44, "delivered": 4, "changed": 0, "late": 4}


def test_another_request_each_time_so_that_no_cache_answers(tmp_path: Path) -> None:
    with Fusion(small_ledger(2)) as system:
        extract_day("of", _source(system), place_of(tmp_path), DAY, ENGINE)
        runs = [found[1] for a in system.asked if (found := re.search(rb"P_RUN</p:name><p:values><p:item>([^<]+)", a.body))]
    assert len(runs) == len(set(runs)) > 3


def test_only_the_wsdl_that_was_pinned(tmp_path: Path) -> None:
    with Fusion(small_ledger(1)) as system:
        with pytest.raises(UsageFault, match="the WSDL has changed"):
            extract_day("of", _source(system, settings={"wsdl_sha256": "0" * 64}), place_of(tmp_path), DAY, ENGINE)
        with pytest.raises(SystemFault, match="does not fit the WSDL"):
            extract_day("of", _source(system, settings={"chunk_bytes": "all"}), place_of(tmp_path / "2"), DAY, ENGINE)
        assert system.asked == []


def test_the_statements_give_every_column_the_reports_are_read_by() -> None:
    definition = platform("oracle_fusion").definition
    for name in ("line", "total", "balance"):
        text = (PACKAGED / "reports" / f"{name}.sql").read_text(encoding="utf-8")
        given = set(re.findall(r" AS (\w+)", text))
        stream = definition.streams[name]
        assert set(stream.fields) <= given
        asked = set(re.findall(r"<p:name>(\w+)", stream.envelope))
        assert set(re.findall(r":(P_\w+)", text)) | {"P_RUN"} == asked
        assert text.index("AS actual_flag\nFROM") > max(text.index(f" AS {f}") for f in stream.fields if f != "actual_flag")
