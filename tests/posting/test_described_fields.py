"""Every field that is written is in the vendor's own description, and the room we count on is the room there is."""

import json
import re
from typing import Any

import yaml

from connectors.extraction.definition import packaged, platform
from connectors.posting.definition import Posting, posting_of
from tests.extraction.vendor_files import vendor_file


def of(name: str) -> Posting:
    return posting_of(platform(name))


def fields(body: dict[str, Any]) -> set[str]:
    """Names of a body's own members; the customer's own columns are not the vendor's."""
    return {k for k in body if not k.startswith("{")}


def test_sap_b1() -> None:
    text = vendor_file("sap_b1", "servicelayer_metadata_v4.xml").read_text(encoding="utf-8")
    described = {}
    for name in ("JournalEntry", "JournalEntryLine"):
        found = re.search(rf'<(EntityType|ComplexType) Name="{name}".*?</\1>', text, re.DOTALL)
        assert found
        described[name] = dict(re.findall(r'<Property Name="(\w+)"[^>]*? Type="([\w.()]+)"', found.group(0)))
    body = of("sap_b1").steps[0].body
    line = body["JournalEntryLines"][0]
    assert fields(body) - {"JournalEntryLines"} <= set(described["JournalEntry"])
    assert fields(line) <= set(described["JournalEntryLine"])
    assert {described["JournalEntryLine"][k] for k in line if str(line[k]).startswith("#")} == {"Edm.Double"}, "numbers are numbers there, and only they"


def test_business_central() -> None:
    with vendor_file("business_central", "BCOAS1.0.yaml").open(encoding="utf-8") as handle:
        described = yaml.load(handle, yaml.CSafeLoader)
    schemas, definition = described["components"]["schemas"], of("business_central")
    room = {"code": 10, "document_number": 20, "reference_upper": 24, "memo": definition.lengths["memo"], "account": definition.lengths["account"]}
    for step, entity in (("journal", "journal"), ("journal line", "journalLine")):
        properties = schemas[entity]["properties"]
        body = next(s for s in definition.steps if s.name == step).body
        assert fields(body) <= set(properties)
        for name in fields(body):
            said = re.fullmatch(r"\{(\w+)\}", str(body[name]))
            if said and said[1] in room and "maxLength" in properties[name]:
                assert room[said[1]] <= properties[name]["maxLength"], name
    assert "/companies({company_id})/journals({journal_id})/Microsoft.NAV.post" in described["paths"]


def test_d365_finance() -> None:
    described = json.loads(vendor_file("d365_finance", "openapi", "ledger.json").read_text(encoding="utf-8"))
    schemas, (header, line) = described["components"]["schemas"], of("d365_finance").steps
    assert {"/LedgerJournalHeaders", "/LedgerJournalLines"} <= set(described["paths"])
    assert fields(header.body) <= set(schemas["LedgerJournalHeader"]["properties"])
    assert fields(line.body) <= set(schemas["LedgerJournalLine"]["properties"])
    for name, value in line.body.items():
        if str(value).startswith("#"):
            assert schemas["LedgerJournalLine"]["properties"][name]["type"] == "number"


def test_quickbooks_online() -> None:
    described = set(re.findall(r'<xs:element name="(\w+)"', vendor_file("quickbooks_online", "Finance.xsd").read_text(encoding="utf-8")))
    described |= set(re.findall(r'name="(\w+)"', vendor_file("quickbooks_online", "IntuitBaseTypes.xsd").read_text(encoding="utf-8")))
    body = of("quickbooks_online").steps[0].body
    assert {*body, *body["Line"][0], *body["Line"][0]["JournalEntryLineDetail"]} <= described


def test_every_definition_looks_before_it_writes() -> None:
    taking = [n for n in packaged() if platform(n).text("post.toml")]
    assert len(taking) >= 7
    for name in taking:
        definition = of(name)
        assert definition.file or (definition.find and definition.steps), name
        sent = str([(s.path, s.body) for s in definition.steps]) + str(definition.settings) + str(definition.file)
        assert "{reference" in sent or "{key}" in sent, f"{name} sends our key"
        assert "{memo}" in sent, f"{name} says our key in the line's text, where the next close looks for it"
