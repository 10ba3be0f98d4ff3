"""What it costs to read pages of ledger lines, against merely walking the same bytes. `python -m benchmarks.erp_parse [lines] [wsdl]`.

SOAP pages against a bare `iterparse` with the elements cleared; JSON pages against a bare `json.loads`. CPU time of this process, peak memory.
"""

import io
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from connectors.extraction.definition import platform
from connectors.extraction.reading import field_names
from connectors.extraction.records import RecordFile, read_answer
from connectors.soap.description import description
from connectors.soap.stream import parse_page
from core.policy import Source

SOAP_PAGE, JSON_PAGE = 1000, 1000
_ROW = (
    '<c:searchRow xsi:type="s:TransactionSearchRow" xmlns:s="urn:sales_2023_2.transactions.webservices.netsuite.com" '
    'xmlns:p="urn:common_2023_2.platform.webservices.netsuite.com"><s:basic><p:creditAmount><c:searchValue>{n}.17</c:searchValue></p:creditAmount>'
    '<p:internalId><c:searchValue internalId="{n}"/></p:internalId><p:line><c:searchValue>1</c:searchValue></p:line>'
    "<p:lineUniqueKey><c:searchValue>{n}</c:searchValue></p:lineUniqueKey><p:memo><c:searchValue>made up</c:searchValue></p:memo>"
    '<p:postingPeriod><c:searchValue internalId="3"/></p:postingPeriod><p:subsidiary><c:searchValue internalId="1"/></p:subsidiary>'
    "<p:tranDate><c:searchValue>2026-03-31T23:00:00.000-08:00</c:searchValue></p:tranDate><p:tranId><c:searchValue>JE{n}</c:searchValue></p:tranId>"
    '<p:customFieldList><c:customField xsi:type="c:SearchColumnStringCustomField" scriptId="custcol_loyalty_event"><c:searchValue>A-{n}</c:searchValue>'
    "</c:customField></p:customFieldList></s:basic><s:accountJoin><p:number><c:searchValue>210000</c:searchValue></p:number></s:accountJoin></c:searchRow>"
)


def soap_page(rows: int) -> bytes:
    """A page the vendor's schema allows."""
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
        '<m:searchResponse xmlns:m="urn:messages_2023_2.platform.webservices.netsuite.com"><c:searchResult '
        'xmlns:c="urn:core_2023_2.platform.webservices.netsuite.com"><c:status isSuccess="true"/><c:searchRowList>'
        + "".join(_ROW.format(n=n) for n in range(rows))
        + "</c:searchRowList></c:searchResult></m:searchResponse></soapenv:Body></soapenv:Envelope>"
    ).encode()


def json_page(fields: tuple[str, ...], rows: int) -> bytes:
    """A page of SuiteQL items."""
    return json.dumps({"items": [{"links": [], **dict.fromkeys(fields, f"{n}.17")} for n in range(rows)], "hasMore": True}).encode()


def measured(work: Callable[[], object], pages: int) -> int:
    """CPU milliseconds of doing it for every page."""
    before = time.process_time_ns()
    for _ in range(pages):
        work()
    return (time.process_time_ns() - before) // 1_000_000


def walk(content: bytes) -> None:
    for _, element in etree.iterparse(io.BytesIO(content), events=("end",), tag="{*}searchRow"):
        element.clear()


def run(lines: int, wsdl: Path | None) -> list[tuple[str, int, int]]:
    """(what, bare ms, ours ms) for so many lines, ours including the Parquet files of text records."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        stream = platform("netsuite_soap").definition.streams["line"]
        wanted, content = {f: f for f in stream.fields}, soap_page(SOAP_PAGE)
        pages = max(1, lines // SOAP_PAGE)
        bare = measured(lambda: walk(content), pages)
        for title, schema in (("SOAP", None), ("SOAP, judged by the WSDL", description(wsdl, "any").schema if wsdl else None)):
            if title == "SOAP" or schema is not None:
                records = RecordFile(Path(folder) / "soap", stream.fields)
                found.append((title, bare, measured(lambda s=schema, r=records: r.add(parse_page(stream, content, wanted, s), "x"), pages)))  # type: ignore[misc]
                records.close()
        chosen = platform("netsuite")
        query = chosen.definition.streams["line"]
        names = field_names(chosen, Source(), query)
        page = json_page((*query.fields, *names), JSON_PAGE)
        records = RecordFile(Path(folder) / "json", [*query.fields, *names.values()])
        bare = measured(lambda: json.loads(page), pages)
        found.append(("SuiteQL JSON", bare, measured(lambda: records.add(read_answer(query, page, names), "x"), pages)))
        records.close()
    return found


if __name__ == "__main__":
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for title, bare, ours in run(lines, Path(sys.argv[2]) if len(sys.argv) > 2 else None):
        print(f"{title}: {lines} lines, bare {bare} ms, ours {ours} ms, {ours * 100 // max(bare, 1)} %")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB")
