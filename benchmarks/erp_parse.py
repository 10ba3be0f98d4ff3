"""What it costs to read pages of ledger lines, against merely walking or parsing the same bytes.

`python -m benchmarks.erp_parse [lines] [wsdl] [times] [platforms]`.

Every figure is a process of its own, the best of so many: processor seconds of the work (ours with loading the WSDL, compiling its schemas and writing
text records to Parquet) and the process's greatest memory. SOAP is compared with two walks: a bare `iterparse` that sees and clears every element, and
one that lets lxml skip all but the rows.
"""

import io
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from benchmarks.erp_pages import PAGE, PAGES, odata_page, soap_page, suiteql_page
from benchmarks.process import Cost, busy, measured, python
from connectors.extraction.definition import platform
from connectors.extraction.json_page import read_answer
from connectors.extraction.reading import field_names
from connectors.extraction.records import RecordFile
from connectors.http.json_pages import decoded
from connectors.soap.description import description
from connectors.soap.schemas import Schemas
from connectors.soap.stream import named_in, parse_page
from core.policy import Source

_ODATA = ("sap_s4hana", "business_central", "d365_finance", "sap_b1")
Work = Callable[[bytes], object]


def walk_all(content: bytes) -> None:
    """The plainest reading there is."""
    for _, element in etree.iterparse(io.BytesIO(content)):
        element.clear()


def walk_rows(content: bytes) -> None:
    """The same, but rows only are shown to Python, and nothing is looked at."""
    for _, element in etree.iterparse(io.BytesIO(content), tag="{*}searchRow"):
        element.clear()


def soap(way: str, wsdl: Path | None, folder: Path) -> tuple[list[bytes], Callable[[], Work]]:
    """Pages, and how to begin reading them."""
    stream = platform("netsuite_soap").definition.streams["line"]
    names = field_names(platform("netsuite_soap"), Source(), stream)
    wanted = {**{f: f for f in stream.fields}, **names}

    def ours() -> Work:
        allowed = description(wsdl, "any").schemas(named_in(stream)) if wsdl else Schemas()
        records = RecordFile(folder, list(wanted.values()))
        return lambda content: records.add(parse_page(stream, content, wanted, allowed), "x")

    ways: dict[str, Callable[[], Work]] = {"ours": ours, "all": lambda: walk_all, "rows": lambda: walk_rows}
    return [soap_page(n) for n in range(PAGES)], ways[way]


def answers(kind: str, way: str, folder: Path) -> tuple[list[bytes], Callable[[], Work]]:
    """The same for pages of JSON."""
    chosen = platform(kind)
    stream = chosen.definition.streams["line"]
    source = Source.model_validate({"fields": {} if chosen.definition.fields else _own_fields()})
    names = field_names(chosen, source, stream)
    columns = [*stream.fields, *(f"line_{f}" for f in stream.line_fields), *names.values()]

    def ours() -> Work:
        records = RecordFile(folder, columns)
        return lambda content: records.add(read_answer(stream, decoded(stream, content, names), names), "x")

    if kind == "netsuite":
        pages = [suiteql_page(n, {**{f: f for f in stream.fields}, **names}) for n in range(PAGES)]
    else:
        fields = [*stream.fields, *names] if "$select" in stream.query else []
        query = "&".join(["$count=true&$inlinecount=allpages", *([f"$select={','.join(fields)}"] if fields else [])])
        pages = [odata_page(kind, n, query) for n in range(PAGES)]
    return pages, ours if way == "ours" else lambda: json.loads


def _own_fields() -> dict[str, str]:
    from tieout.standins.odata_vendors import BC_FIELDS

    return BC_FIELDS


def child(kind: str, way: str, lines: int, wsdl: Path | None) -> None:
    """Do it once and say what it cost."""
    with tempfile.TemporaryDirectory() as folder:
        pages, begin = soap(way, wsdl, Path(folder)) if kind == "netsuite_soap" else answers(kind, way, Path(folder))
        before = time.process_time_ns()
        work = begin()
        for number in range(lines // PAGE):
            work(pages[number % PAGES])
        print((time.process_time_ns() - before) // 1_000_000)


def cost(kind: str, way: str, lines: int, wsdl: str, times: int) -> Cost:
    """The best of so many processes; `cpu` is what the child says of its work."""
    runs = [measured(python("-m", "benchmarks.erp_parse", "child", kind, way, str(lines), wsdl)) for _ in range(times)]
    return min((Cost(r.wall, int(r.output) / 1000, r.memory, "") for r in runs), key=lambda c: c.cpu)


def compare(lines: int, wsdl: str, times: int, kinds: tuple[str, ...]) -> None:
    """The table of the page."""
    print(f"{lines} lines, best of {times}, {busy()}")
    print(f"{'platform':18}{'against':26}{'s':>8}{'GiB':>6}{'ours s':>9}{'GiB':>6}{'times':>7}")
    for kind in kinds:
        ways = {"all": "iterparse, every element", "rows": "iterparse, rows only"} if kind == "netsuite_soap" else {"loads": "json.loads"}
        ours = cost(kind, "ours", lines, wsdl, times)
        for way, title in ways.items():
            bare = cost(kind, way, lines, wsdl, times)
            print(f"{kind:18}{title:26}{bare.cpu:8.2f}{bare.memory:6.2f}{ours.cpu:9.2f}{ours.memory:6.2f}{ours.cpu / bare.cpu:7.2f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]), Path(sys.argv[5]) if sys.argv[5:] and sys.argv[5] else None)
    else:
        given = dict(enumerate(sys.argv[1:]))
        compare(int(given.get(0, "100000")), given.get(1, ""), int(given.get(2, "3")), tuple(sys.argv[4:]) or ("netsuite_soap", "netsuite", *_ODATA))
