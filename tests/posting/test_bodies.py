"""Templates become JSON and XML: amounts in their own digits, what is empty left out, nothing of a value read as a template."""

import json
from decimal import Decimal

import pytest
from lxml import etree

from connectors.extraction.records import Drift
from connectors.posting.answers import json_tree, text, values, xml_tree
from connectors.posting.body import as_json, as_xml, rendered
from connectors.posting.entry import money
from core.errors import UsageFault

LINES = {"lines": [{"line_no": "1", "debit": "9.10", "credit": ""}, {"line_no": "2", "debit": "", "credit": "1234567890123.45"}],
         "fields_1": [{"field": "custom_a", "value": "x"}], "fields_2": []}  # fmt: skip


def test_json_keeps_digits_and_leaves_out_what_is_empty() -> None:
    tree = {"memo": "{memo}", "none": "{none}", "yes": True, "line": {"items": [{"debit": "#{debit}", "credit": "#{credit}", "{field}": "{value}"}]}}
    body = as_json(rendered(tree, {"memo": 'a "b" {none} \\', "none": ""}, LINES))
    assert body == '{"memo": "a \\"b\\" {none} \\\\", "yes": true, "line": {"items": [{"debit": 9.10, "custom_a": "x"}, {"credit": 1234567890123.45}]}}'
    assert json.loads(body, parse_float=Decimal)["line"]["items"][1]["credit"] == Decimal("1234567890123.45")


def test_xml_escapes_values_and_drops_elements_of_nothing_but_attributes() -> None:
    own = [{"each": "fields", "@name": "{field}", "m:value": "{value}"}]
    parts = {"m:empty": {"@unit": "EA", "$": "{none}"}, "m:full": {"@unit": "EA", "$": "{memo}"}, "m:reference": {"@id": "7"}}
    tree = {"m:entry": {"@id": "{memo}", "m:text": "{memo}", **parts, "m:line": [{"m:debit": "{debit}", "m:own": own}]}}
    written = as_xml(rendered(tree, {"memo": '<&">', "none": ""}, LINES))
    root = etree.fromstring(written.replace("<m:entry", '<m:entry xmlns:m="urn:m"', 1))
    assert [etree.QName(e).localname for e in root] == ["text", "full", "reference", "line"], "a line without debit has nothing left"
    assert (root.get("id"), root[0].text, root[1].text) == ('<&">', '<&">', '<&">')
    assert [(e.get("name"), e[0].text) for e in root.iter("{urn:m}own")] == [("custom_a", "x")]


def test_what_is_no_number_is_never_written_as_one() -> None:
    for digits in ("1e5", "1,5", "NaN", "1.5}", "--1"):
        with pytest.raises(UsageFault, match="no number"):
            rendered({"amount": "#{x}"}, {"x": digits}, {})
    with pytest.raises(UsageFault, match="nothing fills"):
        rendered({"amount": "{unknown}"}, {}, {})


def test_amounts_have_the_decimals_of_their_currency() -> None:
    assert [money(Decimal(v), c) for v, c in (("9", "USD"), ("9.1000", "USD"), ("111", "JPY"), ("1.5", "KWD"), ("0", "USD"))] == [
        "9.00", "9.10", "111", "1.500", "0.00",
    ]  # fmt: skip


def test_answers_are_looked_up_by_path_and_contradictions_are_told() -> None:
    tree = json_tree(b'{"a": [{"b": 1.10}, {"b": null}, {"c": [1, 2]}]}')
    assert (values(tree, "a/b"), values(tree, "a/c"), text(tree, "a/b"), text(tree, "x/y")) == (["1.10"], ["1", "2"], "1.10", "")
    with pytest.raises(Drift, match="more than one value"):
        text(tree, "a/c")
    assert json_tree(b"") == {}


@pytest.mark.parametrize(
    "content",
    [b"<a", b"<a/>", b"", b'<!DOCTYPE a [<!ENTITY e "1">]><e:Envelope xmlns:e="u"><e:Body/></e:Envelope>',
     '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><Envelope><Body/></Envelope>'.encode("utf-16")],
)  # fmt: skip
def test_what_is_no_envelope_or_brings_a_dtd_is_drift(content: bytes) -> None:
    with pytest.raises(Drift):
        xml_tree(content, None)


def test_an_envelope_becomes_a_tree() -> None:
    tree = xml_tree(b'<e:Envelope xmlns:e="u"><e:Body><r ok="true"><n>1</n><n i="2">x</n><!-- c --></r></e:Body></e:Envelope>', None)
    assert tree == {"r": {"@ok": "true", "n": ["1", {"@i": "2", "$": "x"}]}}
