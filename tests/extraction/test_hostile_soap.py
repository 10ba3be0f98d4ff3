"""NetSuite SOAP against a responder that was made from the WSDL alone: what is legal is read exactly in whatever form; what is not fails loudly, exit 3."""

import random
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from connectors.extraction.definition import platform
from connectors.extraction.extract import extract_day
from connectors.extraction.records import Page
from connectors.soap.description import description
from connectors.soap.shapes import Unlike, by_shape
from connectors.soap.stream import _walked, named_in, parse_page
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of
from tests.extraction.hostile_soap import PLAIN, STYLES, Node, Style, Types, serving
from tests.extraction.vendor_files import vendor_file

AMOUNTS = ("7.1", "1.2345678E7", "+0.30", " 12 ", "007.10", ".5", "1234567890123.45", "3e-2")
"""Legal doubles, as Java and others write them: what they are in plain digits."""
EXACT = ("7.1", "12345678", "0.3", "12", "7.1", "0.5", "1234567890123.45", "0.03")
MEMO = "Prämie & <Bonus> é"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("account", "consumer_key", "consumer_secret", "token_id", "token_secret"):
        monkeypatch.setenv(f"NS_{name.upper()}", f"hostile-{name}")
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.fixture(scope="module")
def wsdl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "wsdl"
    shutil.copytree(vendor_file("netsuite"), folder)
    return folder / "netsuite.wsdl"


@pytest.fixture(scope="module")
def types(wsdl: Path) -> Types:
    return Types(wsdl.parent)


def _rows(types: Types, extra: tuple[str, ...] = ()) -> list[Node]:
    """Balanced documents of two lines, one for each way of writing an amount."""
    rows = []
    for n, amount in enumerate(AMOUNTS, start=1):
        for line, column in ((1, "creditAmount"), (2, "debitAmount")):
            values = {
                f"basic/{column}": amount, "basic/internalId": str(n), "basic/line": str(line), "basic/subsidiary": "1", "basic/memo": MEMO,
                "basic/tranDate": "2026-03-31T23:30:00-08:00", "basic/tranId": f"JE{n}", "basic/isReversal": "0", "accountJoin/number": f"00{line}5000",
            }  # fmt: skip
            rows.append(types.row(values, {"custcol_loyalty_event": f"A-{n}"}, extra))
    return rows


def _pages(types: Types, rows: list[Node]) -> list[Node]:
    """Two pages, and the empty answer of a day without entries."""
    half = len(rows) // 2
    return [
        types.answer(rows[:half], len(rows), 2, 1, "searchResponse"), types.answer(rows[half:], len(rows), 2, 2, "searchMoreWithIdResponse"),
        types.answer([], 0, 0, 1, "searchResponse"),
    ]  # fmt: skip


def _extract(tmp_path: Path, wsdl: Path, url: str) -> list[dict[str, str]]:
    settings = {"account": "T", "version": "2023_2", "wsdl": str(wsdl), "currency": "USD", "zone": "-08:00"}
    source = Source.model_validate(
        {"kind": "netsuite_soap", "url": url, "credentials": {"kind": "oauth1_tba"}, "settings": settings, "deliver": ["line"], "start": date(2026, 3, 30)}
    )
    place = place_of(tmp_path)
    extract_day("ns", source, place, DAY, ENGINE)
    return delivered(place, "ns", DAY)


def _must_be_exact(rows: list[dict[str, str]]) -> None:
    found = sorted((int(r["document_id"]), r["line_id"], r["amount"], r["account"], r["event_id"], r["posting_date"], r["text"]) for r in rows)
    sides = (("1", "-", "0015000"), ("2", "", "0025000"))
    assert found == [
        (n, line, f"{sign}{amount}", account, f"A-{n}", "2026-03-31", MEMO) for n, amount in enumerate(EXACT, start=1) for line, sign, account in sides
    ]


@pytest.mark.parametrize("style", STYLES)
def test_what_is_legal_is_read_exactly(style: str, tmp_path: Path, wsdl: Path, types: Types) -> None:
    with serving(_pages(types, _rows(types)), STYLES[style]) as system:
        _must_be_exact(_extract(tmp_path, wsdl, system.url))


def test_columns_nobody_asked_for_and_labels_change_nothing(tmp_path: Path, wsdl: Path, types: Types) -> None:
    rows = _rows(types, ("SearchColumnStringField", "SearchColumnDoubleField", "SearchColumnBooleanField", "SearchColumnLongField"))
    for row in rows:
        for cell in row.children[0].children:
            if cell.name != "customFieldList":
                cell.children.insert(0, Node(cell.children[0].space, "customLabel", {}, "label"))
    core, common = rows[0].space, rows[0].children[0].children[0].space
    for row in rows:  # a column that has a label and no value, in its place before isReversal
        cells = row.children[0].children
        at = next(n for n, c in enumerate(cells) if c.name == "isReversal")
        cells[at : at + 1] = [Node(common, "isReversal", {}, [Node(core, "customLabel", {}, "label")])]
    with serving(_pages(types, rows), PLAIN) as system:
        _must_be_exact(_extract(tmp_path, wsdl, system.url))


Change = Callable[[list[Node]], None]


def _first(pages: list[Node], name: str) -> Node:
    return next(pages[0].find(name))


def _set(name: str, text: str) -> Change:
    def change(pages: list[Node]) -> None:
        _first(pages, name).inner = text

    return change


def _cell(name: str, text: str) -> Change:
    def change(pages: list[Node]) -> None:
        _first(pages, name).children[-1].inner = text

    return change


def _swap(pages: list[Node]) -> None:
    cells = _first(pages, "basic").children
    cells[0], cells[1] = cells[1], cells[0]


def _again(pages: list[Node]) -> None:
    cells = _first(pages, "basic").children
    cells.insert(1, cells[0])


def _surprise(pages: list[Node]) -> None:
    cells = _first(pages, "basic").children
    cells.insert(0, Node(cells[0].space, "surprise", {}, []))


def _own(pages: list[Node]) -> list[Node]:
    return _first(pages, "customFieldList").children


def _several(pages: list[Node]) -> None:
    field = _own(pages)[0]
    core = field.space
    field.attributes["xsi:type"] = f"{core} SearchColumnMultiSelectCustomField"
    field.inner = [Node(core, "searchValue", {"internalId": value}, "") for value in ("A-1", "A-2")]


def _other_space(pages: list[Node]) -> None:
    for cell in pages[0].find("creditAmount"):
        cell.space = cell.space.replace("2023_2", "2024_1")


def _without(name: str, inside: str) -> Change:
    def change(pages: list[Node]) -> None:
        holder = _first(pages, inside)
        holder.inner = [c for c in holder.children if c.name != name]

    return change


def _other_row_type(pages: list[Node]) -> None:
    row = _first(pages, "searchRow")
    space = row.children[0].children[0].space
    row.attributes["xsi:type"] = f"{space.replace('common', 'accounting').replace('platform', 'lists')} AccountSearchRow"


def _attribute(name: str, key: str, value: str) -> Change:
    def change(pages: list[Node]) -> None:
        _first(pages, name).attributes[key] = value

    return change


def _in_both(name: str, first: str, second: str) -> Change:
    def change(pages: list[Node]) -> None:
        for page, text in zip(pages, (first, second), strict=False):
            next(page.find(name)).inner = text

    return change


ILLEGAL: dict[str, Change] = {
    "decimal comma": _cell("creditAmount", "7,1"), "no number": _cell("creditAmount", "NaN"), "endless": _cell("debitAmount", "INF"),
    "a number of a billion digits": _cell("creditAmount", "1E999999999"), "an empty amount": _cell("creditAmount", ""),
    "a word": _cell("creditAmount", "seven"), "an amount with its currency": _cell("creditAmount", "7.1 USD"), "hexadecimal": _cell("creditAmount", "0x7"),
    "another amount": _cell("creditAmount", "7.2"), "more digits than there is room for": _cell("creditAmount", "7.10000000001"),
    "date of another order": _cell("tranDate", "31.03.2026"), "thirty-first of February": _cell("tranDate", "2026-02-31T23:30:00-08:00"),
    "neither true nor false": _cell("isReversal", "maybe"), "reordered": _swap, "a column twice": _again, "unknown element": _surprise,
    "another version's namespace": _other_space, "a row of another kind": _other_row_type, "no amount": _without("creditAmount", "basic"),
    "no date": _without("tranDate", "basic"), "no account": _without("accountJoin", "searchRow"), "no status": _without("status", "searchResult"),
    "no total": _without("totalRecords", "searchResult"), "no pages": _without("totalPages", "searchResult"),
    "no rows": _without("searchRowList", "searchResult"), "a row missing": lambda p: _first(p, "searchRowList").children.pop() and None,
    "a row twice": lambda p: _first(p, "searchRowList").children.append(_first(p, "searchRow")),
    "failed inside": _attribute("status", "isSuccess", "false"), "failed inside, as a number": _attribute("status", "isSuccess", "0"),
    "no word of success": lambda p: _first(p, "status").attributes.clear(), "a custom field twice": lambda p: _own(p).extend(_own(p)[:1]),
    "several values of a custom field": _several, "nil": _attribute("memo", "xsi:nil", "true"),
    "multi-reference": _attribute("creditAmount", "href", "#id0"), "total moves": _in_both("totalRecords", "16", "17"),
    "pages move": _in_both("totalPages", "2", "3"), "total of words": _set("totalRecords", "sixteen"),
}  # fmt: skip
BYTES: dict[str, Callable[[bytes], bytes]] = {
    "cut in a row": lambda b: b[: b.rfind(b"searchRow>") - 300], "cut at the end": lambda b: b[:-3], "cut between rows": lambda b: b[: b.rfind(b"<n")],
    "nothing": lambda _: b"", "not XML": lambda _: b"<html><body>Please log in</body></html>", "words": lambda _: b"service unavailable",
    "an entity": lambda b: b.replace(b">7.1<", b">&seven;<"), "a null byte": lambda b: b.replace(b">7.1<", b">7\x00.1<"),
    "a control character": lambda b: b.replace(b">JE1<", b">JE\x011<"), "bytes of another encoding": lambda b: b.replace("ä".encode(), b"\xe4"),
    "a second root": lambda b: b + b"<more/>", "DTD": lambda b: b.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "7">]>', 1),
    "external DTD": lambda b: b.replace(b"?>", b'?><!DOCTYPE a SYSTEM "http://example.com/a.dtd">', 1),
    "laughs": lambda b: b.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]>', 1).replace(b">7.1<", b">&y;<"),
    "end of CDATA in text": lambda b: b.replace(b">JE1<", b">JE1]]><"),
    "tags that cross": lambda b: re.sub(rb"(</n\d+:searchValue>)(</n\d+:memo>)", rb"\2\1", b),
    "another SOAP": lambda b: b.replace(b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"),
}  # fmt: skip


@pytest.mark.parametrize("style", ["plain", "cdata"])
@pytest.mark.parametrize("name", ILLEGAL)
def test_what_is_not_legal_is_loud(name: str, style: str, tmp_path: Path, wsdl: Path, types: Types) -> None:
    pages = _pages(types, _rows(types))
    ILLEGAL[name](pages)
    _must_be_loud(tmp_path, wsdl, pages, STYLES[style])


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_answer_are_loud(name: str, tmp_path: Path, wsdl: Path, types: Types) -> None:
    _must_be_loud(tmp_path, wsdl, _pages(types, _rows(types)), PLAIN, BYTES[name])


def _must_be_loud(tmp_path: Path, wsdl: Path, pages: list[Node], style: Style, mutate: Callable[[bytes], bytes] = lambda b: b) -> None:
    with serving(pages, style, mutate) as system, pytest.raises(SystemFault) as told:
        _extract(tmp_path, wsdl, system.url)
    assert told.value.exit_code == 3
    assert not list(tmp_path.rglob("ledger_line*.parquet"))


def test_picking_by_shape_gives_what_walking_gives(types: Types, wsdl: Path) -> None:
    """Random pages in every style: columns missing, labels, blanks, references, quotes and angles inside of values."""
    stream = platform("netsuite_soap").definition.streams["line"]
    wanted = {**{f: f for f in stream.fields}, "custom.a": "x_a", "custom.b": "x_b"}
    allowed = description(wsdl, "any").schemas(named_in(stream))
    chance = random.Random(7)
    texts = ("x", " lead", "trail ", "a>b", 'say "it"', "it's", "&", "<b>", "two\nlines", "\u00a0", "  ", "ä", "]]", "7", 'internalId="9"')
    was_picked = 0
    for round_ in range(160):
        style = list(STYLES.values())[round_ % len(STYLES)]
        rows, few = [], chance.sample(texts, 3)
        for _ in range(chance.randint(1, 30)):
            values = {f"basic/{c}": chance.choice(few) for c in ("memo", "tranId", "reversalNumber", "subsidiary") if chance.random() < 0.7}
            values["basic/line"] = str(chance.randint(0, 9))
            rows.append(types.row(values, {c: chance.choice(few) for c in ("a", "b") if chance.random() < 0.5}))
        page = types.answer(rows, len(rows), 1, 1, "searchResponse")
        content = style.write(page)
        walked = _walked(stream, content, wanted)
        assert _facts(parse_page(stream, content, wanted, allowed)) == _facts(walked)
        try:
            picked = by_shape(content, stream.records, lambda part: _walked(stream, part, wanted))
        except Unlike:
            continue
        was_picked += 1
        assert _facts(picked) == _facts(walked)
    assert was_picked > 10


def _facts(page: Page) -> tuple[object, ...]:
    return {c: list(v) for c, v in page.columns.items()}, page.count, page.records, page.next, page.total, page.announced
