"""Stand-ins send no field the vendor does not have, and none in another type: what a test reads from them, the system itself could have sent."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from lxml import etree

from tests.extraction.erp_books import small_ledger
from tests.extraction.vendor_files import vendor_file
from tieout.standins import odata_vendors
from tieout.standins.ledger import Ledger
from tieout.standins.odata import ENTERED, ODataStandIn
from tieout.standins.quickbooks_entities import QuickBooksEntities

TYPES: dict[str, tuple[type, ...]] = {
    "Edm.String": (str,), "Edm.Boolean": (bool,), "Edm.Int32": (int,), "Edm.Double": (float,), "string": (str,), "number": (float,), "integer": (int,),
}  # fmt: skip
OF_V2 = TYPES | {"Edm.Decimal": (str,), "Edm.DateTime": (str,)}
"""OData V2 writes decimals and days as text."""
OF_V4 = TYPES | {"Edm.DateTimeOffset": (str,), "Edm.DateTime": (str,)}


def _edm(*path: str, name: str) -> dict[str, str]:
    tree = etree.parse(str(vendor_file(*path)))
    kinds = [e for tag in ("EntityType", "ComplexType") for e in tree.iter(f"{{*}}{tag}") if e.get("Name") == name]
    keys = {k.get("Name"): "Edm.Int32" for k in kinds[0].iter("{*}PropertyRef")}
    return keys | {str(p.get("Name")): str(p.get("Type")) for p in kinds[0].iter("{*}Property")}


def _sent(make: Callable[[Ledger], ODataStandIn]) -> list[dict[str, Any]]:
    """Records as they go over the wire."""
    system = make(small_ledger(5))
    return [system._wire({k: v for k, v in r.items() if k != ENTERED}) for r in system.records]


def _must_be(record: Mapping[str, Any], described: Mapping[str, str], types: Mapping[str, tuple[type, ...]], own: set[str]) -> None:
    assert not record.keys() - described.keys() - own
    for name, value in record.items():
        if value is not None and name in described and not described[name].startswith("Collection"):
            assert isinstance(value, types.get(described[name], (str,))), f"{name} is {described[name]}, not {value!r}"


def test_sap_s4hana() -> None:
    described = _edm("sap_s4hana", "API_OPLACCTGDOCITEMCUBE_SRV.edmx", name="A_OperationalAcctgDocItemCubeType")
    for record in _sent(odata_vendors.sap_s4hana):
        _must_be(record, described, OF_V2, set())
        for name, value in record.items():
            assert described[name] != "Edm.DateTime" or value is None or re.fullmatch(r"/Date\(-?\d+\)/", value), name


@pytest.mark.parametrize("metadata", ["servicelayer_metadata_v4.xml", "servicelayer_metadata.xml"])
def test_sap_b1(metadata: str) -> None:
    entry, line = (_edm("sap_b1", metadata, name=n) for n in ("JournalEntry", "JournalEntryLine"))
    for record in _sent(odata_vendors.sap_b1):
        _must_be(record, entry, OF_V4, set())
        for inner in record["JournalEntryLines"]:
            _must_be(inner, line, OF_V4, set(odata_vendors.B1_FIELDS.values()))


def test_business_central() -> None:
    with vendor_file("business_central", "BCOAS1.0.yaml").open(encoding="utf-8") as handle:
        properties = yaml.load(handle, yaml.CSafeLoader)["components"]["schemas"]["generalLedgerEntry"]["properties"]
    described = {"entryNumber": "integer"} | {k: v.get("type", "string") for k, v in properties.items()}  # v1.0 calls the number id
    for record in _sent(odata_vendors.business_central):
        _must_be(record, described, TYPES, set(odata_vendors.BC_FIELDS.values()))


def test_d365_finance() -> None:
    text = vendor_file("d365_finance", "cdm", "GeneralJournalAccountEntryEntity.cdm.json").read_text(encoding="utf-8-sig")
    described = set(re.findall(r'"name": ?"(\w+)"', text))  # its types are all text: no oracle for ours
    for record in _sent(odata_vendors.d365_finance):
        assert not record.keys() - described - set(odata_vendors.BC_FIELDS.values())


def test_quickbooks_entities() -> None:
    files = ("Finance.xsd", "IntuitBaseTypes.xsd", "IntuitNamesTypes.xsd", "SalesTax.xsd")
    described = set(re.findall(r'name="(\w+)"', "".join(vendor_file("quickbooks_online", f).read_text(encoding="utf-8") for f in files)))
    system = QuickBooksEntities(small_ledger(5))
    assert not set(_names(json.loads(json.dumps(system.entries)))) - described - {"value"}  # what JSON calls a reference's own text


def _names(tree: Any) -> Iterator[str]:
    for inner in tree if isinstance(tree, list) else []:
        yield from _names(inner)
    for name, inner in tree.items() if isinstance(tree, dict) else []:
        yield name
        yield from _names(inner)
