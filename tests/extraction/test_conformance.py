"""Every field a definition names is in the vendor's own description, with a type that holds what we read from it."""

import json
import re
from pathlib import Path

import pytest
import yaml

from connectors.extraction.definition import packaged, platform
from tests.extraction.vendor_files import vendor_file
from tieout.standins.quickbooks_entities import FIELDS

NUMBERS = {"Edm.Decimal", "Edm.Double", "number", "decimal"}
AMOUNTS = re.compile(r"Amount|Debit|Credit|BaseSum|Quantity", re.IGNORECASE)
NO_AMOUNT = re.compile(r"Code|Currency$|IsCredit|currency$")


def _edm(path: Path, type_name: str) -> dict[str, str]:
    text = path.read_text(encoding="utf-8")
    found = re.search(rf'<(EntityType|ComplexType) Name="{type_name}".*?</\1>', text, re.DOTALL)
    assert found, type_name
    return dict(re.findall(r'<Property Name="(\w+)" Type="([\w.()]+)"', found.group(0)))


def _must_hold(fields: tuple[str, ...], described: dict[str, str]) -> None:
    assert not [f for f in fields if f not in described]
    for name in fields:
        if AMOUNTS.search(name) and not NO_AMOUNT.search(name):
            assert described[name] in NUMBERS, f"{name} is {described[name]}"


def test_sap_s4hana() -> None:
    definition = platform("sap_s4hana").definition
    described = _edm(vendor_file("sap_s4hana", "API_OPLACCTGDOCITEMCUBE_SRV.edmx"), "A_OperationalAcctgDocItemCubeType")
    _must_hold(definition.streams["line"].fields, described)
    assert not [f for f in definition.fields.values() if f not in described]
    assert set(re.findall(r"\w+", definition.streams["line"].query["$select"].replace("{more_names}", ""))) == set(definition.streams["line"].fields)


def test_the_aggregate_service_of_s4hana_is_no_source_of_lines() -> None:
    text = vendor_file("sap_s4hana", "API_JOURNALENTRYITEMBASIC_SRV.edmx").read_text(encoding="utf-8")
    assert 'sap:semantics="aggregate"' in text
    for name in packaged():
        lines = platform(name).definition.streams.get("line")
        assert lines is None or "JOURNALENTRYITEMBASIC" not in lines.path + str(platform(name).definition.settings)


@pytest.mark.parametrize("metadata", ["servicelayer_metadata_v4.xml", "servicelayer_metadata.xml"])
def test_sap_b1(metadata: str) -> None:
    stream = platform("sap_b1").definition.streams["line"]
    path = vendor_file("sap_b1", metadata)
    entry = _edm(path, "JournalEntry")
    if "JdtNum" not in entry:
        entry["JdtNum"] = "Edm.Int32"
        assert 'PropertyRef Name="JdtNum"' in path.read_text(encoding="utf-8")
    _must_hold(stream.fields, entry)
    _must_hold(stream.line_fields, _edm(path, "JournalEntryLine"))


def test_business_central() -> None:
    with vendor_file("business_central", "BCOAS1.0.yaml").open(encoding="utf-8") as handle:
        schema = yaml.load(handle, yaml.CSafeLoader)["components"]["schemas"]["generalLedgerEntry"]
    described = {k: v.get("type", "") for k, v in schema["properties"].items()}
    fields = platform("business_central").definition.streams["line"].fields
    renamed = {"entryNumber": "id"}  # API v1.0 is what is described here; v2.0 calls the number entryNumber and has a GUID as id
    _must_hold(tuple(renamed.get(f, f) for f in fields), described)


def test_d365_finance() -> None:
    data = json.loads(vendor_file("d365_finance", "cdm", "GeneralJournalAccountEntryEntity.cdm.json").read_text(encoding="utf-8-sig"))
    described = set(re.findall(r'"name": ?"(\w+)"', json.dumps(data)))
    for kind in ("d365_finance", "d365_export"):
        assert not [f for f in platform(kind).definition.streams["line"].fields if f not in described]


def test_quickbooks_reports_are_trees_of_this_shape() -> None:
    text = vendor_file("quickbooks_online", "Report.xsd").read_text(encoding="utf-8")
    assert {"Columns", "Column", "ColType", "MetaData", "Rows", "Row", "ColData", "Header", "Summary"} <= set(re.findall(r'name="(\w+)"', text))


def _finance(text: str, name: str) -> dict[str, str]:
    """Elements of a complex type and of what it extends, with their types."""
    found = re.search(rf'<xs:complexType name="{name}".*?</xs:complexType>', text, re.DOTALL)
    assert found, name
    own = {t: k for e in re.findall(r"<xs:element [^>]*>", found[0]) for t, k in [(_attribute(e, "name"), _attribute(e, "type"))]}
    base = re.search(r'<xs:extension base="(\w+)"', found[0])
    return {**(_finance(text, base[1]) if base and f'complexType name="{base[1]}"' in text else {}), **own}


def _attribute(element: str, name: str) -> str:
    found = re.search(rf'\b{name}="(?:\w+:)?(\w+)"', element)
    return found[1] if found else ""


def _at_end_of(text: str, type_name: str, path: str) -> str:
    """The type at the end of a path of elements; `value` and `name` are what JSON makes of a reference's text and attribute."""
    for step in path.split("/"):
        name = step.partition("[")[0]
        if type_name == "ReferenceType" and name in ("value", "name"):
            return "string"
        described = _finance(text, type_name)
        assert name in described, f"{type_name} has no {name} ({path})"
        type_name = described[name]
    return type_name


def test_quickbooks_entities() -> None:
    text = "".join(vendor_file("quickbooks_online", f).read_text(encoding="utf-8") for f in ("Finance.xsd", "IntuitBaseTypes.xsd"))
    streams = platform("quickbooks_entities").definition.streams
    types = {f: _at_end_of(text, "JournalEntry", f) for f in streams["line"].fields}
    assert (types["TxnTaxDetail/TaxLine"], types["ExchangeRate"], types["TxnDate"]) == ("Line", "decimal", "date")
    lines = {f: _at_end_of(text, "Line", f) for f in streams["line"].line_fields}
    assert (lines["Amount"], lines["JournalEntryLineDetail/PostingType"]) == ("decimal", "PostingTypeEnum")
    assert [_at_end_of(text, "Line", f"TaxLineDetail/{f}") for f in ("TaxRateRef/value", "NetAmountTaxable")] == ["string", "decimal"]
    assert {_at_end_of(text, "Line", f) for f in FIELDS.values()} == {"string"}
    assert [_at_end_of(text, "Account", f) for f in streams["account"].fields] == ["id", "string", "string"]
    assert {"Credit", "Debit"} == set(re.findall(r'value="(\w+)"', re.search(r'name="PostingTypeEnum".*?</xs:simpleType>', text, re.DOTALL)[0]))  # type: ignore[index]
    assert "Deleted" in re.search(r'name="EntityStatusEnum".*?</xs:simpleType>', text, re.DOTALL)[0]  # type: ignore[index]
    assert {"JournalEntryLineDetail", "DescriptionOnly"} <= set(re.findall(r'enumeration value="(\w+)"', text))


@pytest.mark.parametrize("name", packaged())
def test_a_packaged_platform_is_complete(name: str) -> None:
    found = platform(name)
    for stream in ("line", "balance", "total"):
        assert (stream in found.definition.streams) <= (found.mapping(stream) is not None), f"{name} maps its {stream}"
    assert found.mapping("line")
