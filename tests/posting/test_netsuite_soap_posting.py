"""NetSuite by SOAP: what only it does (C2, and the writes of C3 and C4). Every envelope fits the 46 schemas, and a failure inside a success is a failure."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from connectors.posting.protocol import Result
from connectors.soap.description import description
from core.errors import SystemFault
from tests.extraction.vendor_files import vendor_file
from tests.posting.adjustments import ENTRY, another, desk
from tests.posting.vendors import LIABILITY, OPEN, OTHER, Bench, Held
from tieout.standins.netsuite import SECRETS
from tieout.standins.server import Fault, Reply
from tieout.standins.suitetalk import SuiteTalk


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bench]:
    with OPEN["netsuite_soap"](monkeypatch, tmp_path, Held()) as made:
        yield made


def test_upsert_list_and_get_fit_the_vendors_schemas(bench: Bench) -> None:
    bench.desk.post()
    schema = description(vendor_file("netsuite", "netsuite.wsdl"), "any").schema
    bodies = [a.body for a in bench.system.asked]
    assert all(schema.validate(etree.fromstring(b)) for b in bodies), schema.error_log
    assert [re.findall(rb"<soap:Body><m:(\w+)", b)[0] for b in bodies] == [b"get", b"upsertList", b"get"]
    written = etree.fromstring(bodies[1])
    (record,) = written.iter("{*}record")
    assert (record.get("externalId"), record.findtext("{*}tranDate")) == (ENTRY.key, "2026-03-31T00:00:00.000-08:00"), (
        "the local day, with the account's offset"
    )
    assert [line.findtext("{*}credit") or line.findtext("{*}debit") for line in record.iter("{*}line")] == ["9.10", "9.10"]
    secrets = [v for k, v in SECRETS.items() if k.endswith("secret")]
    assert not [s for s in secrets for b in bodies if s.encode() in b]


def test_a_failure_inside_a_success_is_a_refusal(bench: Bench) -> None:
    """The outer status says true; the entry's own counts."""
    assert bench.desk.post(another(3, text="x")).result is Result.CREATED
    bench.shut(another(1).posting_date.replace(year=2027))
    refused = bench.desk.post(another(4))
    assert (refused.result, refused.detail) == (Result.REJECTED, "journal entry: The accounting period is closed")


def test_a_get_that_fails_is_not_an_absence(bench: Bench) -> None:
    bench.system.faults = [Fault(mutate=lambda b: b.replace(b"RCRD_DSNT_EXIST", b"INSUFFICIENT_PERMISSION"), only="m:get ")]
    with pytest.raises(SystemFault, match="has no getResponse/readResponse/record"):
        bench.desk.post()
    assert bench.writes() == 0


def test_a_blocked_write_is_looked_up_and_sent_again(bench: Bench) -> None:
    bench.system.faults = [Fault(Reply(500, b"<f><code>WS_REQUEST_BLOCKED</code></f>"), only=bench.write)]
    assert (bench.desk.post().result, bench.documents(), bench.writes()) == (Result.CREATED, 1, 2)


def test_no_version_is_written_into_the_definition(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "wsdl"
    shutil.copytree(vendor_file("netsuite"), folder)
    for path in [*folder.rglob("*.xsd"), *folder.rglob("*.wsdl")]:
        path.write_bytes(path.read_bytes().replace(b"2023_2", b"2025_2"))
    wsdl = folder / "netsuite.wsdl"
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"ERP_{name.upper()}", value)
    with SuiteTalk(Held().ledger, Held().today, (LIABILITY, OTHER), "2025_2", description(wsdl, "any").schema) as system:
        settings = {"account": "TST", "version": "2025_2", "wsdl": str(wsdl), "currency": "USD", "zone": "-08:00"}
        made = desk("netsuite_soap", system.url, {"kind": "oauth1_tba"}, tmp_path, {"ids": system.ids}, settings=settings)
        assert made.post().result is Result.CREATED
