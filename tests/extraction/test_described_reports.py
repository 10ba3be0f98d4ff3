"""QuickBooks report trees of every shape the vendor's schema allows: each data row once, under its account, whatever titles are called."""

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from connectors.extraction.definition import platform
from connectors.extraction.json_text import parse_json
from connectors.extraction.records import Drift
from connectors.extraction.report_tree import flatten
from tests.extraction.erp_books import small_ledger
from tests.extraction.vendor_files import vendor_file
from tieout.standins.quickbooks import COLUMNS, report

SPACE = "http://schema.intuit.com/finance/v3"
STREAM = platform("quickbooks_online").definition.streams["line"]
Line = tuple[str, str, str, str]
TITLES = ("Datum", "Typ", "Nr.", "Nom", "備考", "Soll", "Haben")


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    """The vendor's types, and an element to begin with."""
    path = tmp_path_factory.mktemp("xsd") / "one.xsd"
    path.write_text(
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{SPACE}" targetNamespace="{SPACE}" elementFormDefault="qualified">'
        f'<xs:include schemaLocation="{vendor_file("quickbooks_online", "Report.xsd").as_uri()}"/><xs:element name="Report" type="Report"/></xs:schema>'
    )
    return etree.XMLSchema(etree.parse(str(path)))


def _xml(name: str, tree: Any) -> etree._Element:
    """The tree as XML: texts of cells and types of rows are attributes there, all else is elements."""
    element = etree.Element(f"{{{SPACE}}}{name}")
    if not isinstance(tree, dict):
        element.text = str(tree)
        return element
    attributes = ("value", "id") if name == "ColData" else ("type",) if name == "Row" else ()
    for key, value in tree.items():
        if key in attributes:
            element.set(key, value)
        else:
            element.extend(_xml(key, v) for v in (value if isinstance(value, list) else [value]))
    return element


class Maker:
    """Trees by chance, and the lines that are in them."""

    def __init__(self, seed: int) -> None:
        self.made, self.lines, self._number = random.Random(seed), list[Line](), 0

    def tree(self) -> dict[str, Any]:
        columns = [{"ColTitle": t, "ColType": "String", "MetaData": [{"Name": "ColKey", "Value": k}]} for k, t in zip(COLUMNS, TITLES, strict=True)]
        rows = [self._section("", "", 0) for _ in range(self.made.randint(0, 4))]
        return {"Header": {"ReportName": "GeneralLedger", "Currency": "EUR"}, "Columns": {"Column": columns}, "Rows": {"Row": rows}}

    def _section(self, name: str, number: str, depth: int) -> dict[str, Any]:
        """With or without header, rows and summary; with sections inside, or rows, or both."""
        section: dict[str, Any] = {}
        if depth == 0 or self.made.random() < 0.6:
            self._number += 1
            name, number = self.made.choice(["Konto", "Total", "Summe", "科目"]) + f" {self._number}", str(self._number)
            section["Header"] = {"ColData": [{"value": name, "id": number}, *({"value": ""} for _ in COLUMNS[1:])]}
        first = len(self.lines)
        rows = [self._data(name, number) for _ in range(self.made.randint(0, 3))]
        if depth < 3:
            rows += [self._section(name, number, depth + 1) for _ in range(self.made.randint(0, 2))]
        section["Rows"] = {"Row": rows}
        if self.made.random() < 0.8:
            sums = [str(sum((Decimal(line[n] or 0) for line in self.lines[first:]), Decimal(0))) for n in (2, 3)]
            section["Summary"] = {"ColData": [{"value": f"Total {name}"}, *({"value": ""} for _ in COLUMNS[1:5]), *({"value": s} for s in sums)]}
        return section | {"type": "Section"}

    def _data(self, name: str, number: str) -> dict[str, Any]:
        amount = self.made.choice(["0.10", "0.20", "1234567890123.45", "7", "-3.30", "0.00"])
        debit, credit = (amount, "") if self.made.random() < 0.5 else ("", amount)
        self.lines.append((name, number, debit, credit))
        return {
            "ColData": [{"value": "2026-03-31"}, {"value": "Buchung", "id": "7"}, *({"value": ""} for _ in COLUMNS[2:5]), {"value": debit}, {"value": credit}]
        }


def _flat(tree: dict[str, Any]) -> list[Line]:
    page = flatten(STREAM, parse_json(json.dumps(tree).encode()))
    rows = zip(*(page.columns[c] for c in ("section", "section_id", "debt_amt", "credit_amt")), strict=True)
    return [(a or "", b or "", c or "", d or "") for a, b, c, d in rows]


def test_every_row_comes_once_under_its_account(schema: etree.XMLSchema) -> None:
    for seed in range(150):
        maker = Maker(seed)
        tree = maker.tree()
        schema.assertValid(_xml("Report", tree))
        assert _flat(tree) == maker.lines, seed


def test_a_sum_that_its_rows_do_not_give_is_loud(schema: etree.XMLSchema) -> None:
    tried = 0
    for seed in range(150):
        tree = Maker(seed).tree()
        summaries = [r["Summary"] for r in tree["Rows"]["Row"] if "Summary" in r]
        if not summaries:
            continue
        tried += 1
        cell = summaries[0]["ColData"][-1]
        cell["value"] = str(Decimal(cell["value"]) + Decimal("0.01"))
        schema.assertValid(_xml("Report", tree))
        with pytest.raises(Drift, match="do not add up"):
            _flat(tree)
    assert tried > 50


def test_the_stand_ins_report_is_one_the_vendor_allows(schema: etree.XMLSchema, tmp_path: Path) -> None:
    schema.assertValid(_xml("Report", report([row for _, row in small_ledger(30).lines])))
