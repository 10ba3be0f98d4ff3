"""JSON ledgers against a responder that shares nothing with our stand-ins: numbers and texts in every legal form are exact; the rest is loud, exit 3."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.extraction.extract import extract_day
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of
from tests.extraction.hostile_soap import PLAIN, Responder, Style

FORMS = {
    "7.10": "7.1", "7.1e0": "7.1", "71E-1": "7.1", '"7.1"': "7.1", "1.2345678E7": "12345678", '"1.2345678E7"': "12345678", "0.30000": "0.3", "100": "100",
    "1234567890123.45": "1234567890123.45", '"+0.30"': "0.3", "12E+2": "1200", '"3e-2"': "0.03",
}  # fmt: skip
"""How a number may be written, and what it is."""


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("user", "password", "account", "consumer_key", "consumer_secret", "token_id", "token_secret"):
        monkeypatch.setenv(f"ERP_{name.upper()}", f"hostile-{name}")
    monkeypatch.setattr("time.sleep", lambda _: None)


def _bc(number: int, account: str, debit: str, credit: str, document: str) -> str:
    return (
        f'{{"entryNumber": {number}, "postingDate": "2026-03-31", "documentNumber": "{document}", "documentType": null, "accountNumber": "{account}",'
        f' "description": "Pr\\u00e4mie \\"A\\": 1", "debitAmount": {debit}, "creditAmount": {credit},'
        ' "lastModifiedDateTime": "2026-03-31T20:00:00Z", "note": 1}'
    )


def _bc_records() -> list[str]:
    return [
        _bc(10 * n + line, account, form if line == 1 else "0", form if line == 2 else "-0.0", f"D{n}")
        for n, form in enumerate(FORMS, start=1)
        for line, account in ((1, "0040000"), (2, "0021550"))
    ]


def _bc_pages(url: str) -> list[str]:
    """Three pages, the second one empty; the count on the first only."""
    rows, half = _bc_records(), len(FORMS)
    return [
        f'{{"@odata.context": "x", "@odata.count": {len(rows)}, "value": [{",".join(rows[:half])}], "@odata.nextLink": "{url}/next?p=2"}}',
        f'{{"value": [], "@odata.nextLink": "{url}/next?p=3"}}', f'{{"value": [{",".join(rows[half:])}]}}',
    ]  # fmt: skip


def _read_bc(tmp_path: Path, change: Callable[[list[str]], list[str]], style: Style, encode: Callable[[str], bytes] = str.encode) -> list[dict[str, str]]:
    def answer(asked: bytes) -> tuple[bytes, Style]:
        number = int((re.findall(rb"/next\?p=(\d)", asked) or [b"1"])[0])
        return encode(change(_bc_pages(system.url))[number - 1]), style

    with Responder(answer) as system:
        settings = {"tenant": "t", "company": "c", "company_id": "1000", "currency": "USD"}
        source = Source.model_validate(
            {"kind": "business_central", "url": system.url, "credentials": {"kind": "basic"}, "settings": settings, "deliver": ["line"], "start": DAY}
        )
        place = place_of(tmp_path)
        extract_day("erp", source, place, DAY, ENGINE)
    return delivered(place, "erp", DAY)


LEGAL: dict[str, tuple[Callable[[list[str]], list[str]], Style, Callable[[str], bytes]]] = {
    "plain": (lambda p: p, PLAIN, str.encode), "zipped": (lambda p: p, replace(PLAIN, is_zipped=True), str.encode),
    "in chunks": (lambda p: p, replace(PLAIN, is_chunked=True), str.encode), "utf-16": (lambda p: p, PLAIN, lambda t: t.encode("utf-16")),
    "byte order mark": (lambda p: p, PLAIN, lambda t: t.encode("utf-8-sig")),
    "spread out": (lambda p: [re.sub(r'(?<!\\)": ', '"\t:\r\n ', t) for t in p], PLAIN, str.encode),
    "other order": (lambda p: [re.sub(r'("entryNumber": \d+), ("postingDate": "[^"]*"), ', r"\2, \1, ", t) for t in p], PLAIN, str.encode),
    "one page": (lambda p: [f'{{"value": [{",".join(_bc_records())}], "@odata.count": {len(FORMS) * 2}}}'], PLAIN, str.encode),
}  # fmt: skip


@pytest.mark.parametrize("name", LEGAL)
def test_what_is_legal_is_read_exactly(name: str, tmp_path: Path) -> None:
    rows = _read_bc(tmp_path, *LEGAL[name])
    found = sorted((r["document_id"], r["account"], r["amount"], r["text"]) for r in rows)
    expected = [(f"D{n}", a, s + v, 'Prämie "A": 1') for n, v in enumerate(FORMS.values(), start=1) for a, s in (("0040000", ""), ("0021550", "-"))]
    assert found == sorted(expected)


def _all(old: str, new: str) -> Callable[[list[str]], list[str]]:
    return lambda pages: [page.replace(old, new) for page in pages]


def _sub(pattern: str, new: str) -> Callable[[list[str]], list[str]]:
    return lambda pages: [re.sub(pattern, new, pages[0], count=1), *pages[1:]]


ILLEGAL: dict[str, Callable[[list[str]], list[str]]] = {
    "an amount twice": _sub(r'"debitAmount": 7.10,', '"debitAmount": 7.10, "debitAmount": 7.10,'),
    "an amount twice, with a blank": _sub(r'"debitAmount": 7.10,', '"debitAmount" : 7.10, "debitAmount" : 7.10,'),
    "the list twice": _all('"value": [', '"value": [], "value": ['), "the count twice": _all('"@odata.count"', '"@odata.count": 1, "@odata.count"'),
    "null amount": _sub("7.10", "null"), "an amount gone": _sub('"debitAmount": 7.10,', ""), "another amount": _sub("7.10", "7.11"),
    "true for an amount": _sub("7.10", "true"), "a list for an amount": _sub("7.10", "[7.10]"), "an object for an amount": _sub("7.10", '{"v": 7.10}'),
    "not a number": _sub("7.10", "NaN"), "endless": _sub("7.10", "-Infinity"), "a comma": _sub("7.10", '"7,10"'), "a word": _sub("7.10", '"seven"'),
    "a billion digits": _sub("7.10", "1E999999999"), "more digits than there is room for": _sub("7.10", "7.10000000001"),
    "an empty amount": _sub("7.10", '""'), "a date of another order": _all("2026-03-31\"", '31.03.2026"'),
    "no such day": _all('"2026-03-31"', '"2026-02-31"'),
    "no date": _sub('"postingDate": "2026-03-31", ', ""), "no account": _all('"0040000"', "null"), "an entry that is null": _sub(r"\[\{", "[null, {"),
    "count too high": _sub(r'count": \d+', 'count": 99'), "count too low": _sub(r'count": \d+', 'count": 3'),
    "count of words": _sub(r'count": \d+', 'count": "x"'),
    "no count": _sub(r'"@odata.count": \d+,', ""), "count moves": lambda p: [p[0], p[1].replace("{", '{"@odata.count": 7, ', 1), p[2]],
    "in a circle": _all("p=3", "p=2"), "to itself": _all("p=2", "p=1"),
    "to another host": lambda p: [re.sub("http://[^/]+", "http://elsewhere.example", t) for t in p],
    "last page lost": lambda p: [p[0], '{"value": []}', p[2]], "list renamed": _all('"value"', '"values"'),
    "list is an object": lambda _: ['{"value": {}}'] * 3,
    "an error with status 200": lambda _: ['{"error": {"code": "x", "message": "y"}}'] * 3, "cut": lambda p: [t[: len(t) // 2] for t in p],
    "nothing": lambda _: [""] * 3, "a page for people": lambda _: ["<html>please log in</html>"] * 3, "deep": lambda _: ["[" * 200_000] * 3,
    "something behind": lambda p: [t + "{}" for t in p], "control character": _sub("D1", "D\x011"), "a row twice": lambda p: _twice(p),
}  # fmt: skip


def _twice(pages: list[str]) -> list[str]:
    """The first entry again in place of the last one: the count is right."""
    rows = json.loads(pages[2], parse_float=str)["value"]
    rows[-1] = json.loads(pages[0], parse_float=str)["value"][0]
    return [*pages[:2], json.dumps({"value": rows})]


@pytest.mark.parametrize("name", ILLEGAL)
def test_what_is_not_is_loud(name: str, tmp_path: Path) -> None:
    with pytest.raises(SystemFault) as told:
        _read_bc(tmp_path, ILLEGAL[name], PLAIN)
    assert told.value.exit_code == 3
    assert not list(tmp_path.rglob("ledger_line*.parquet"))


# ------------------------------------------------------------------------------------------------------------------ SuiteQL
def _items() -> list[dict[str, object]]:
    common = {
        "accountingbook": "1", "bookname": "main", "type": "Journal", "trandate": "2026-03-31", "lastmodified": "2026-03-31 23:15:00", "period": "Mar 2026",
        "subsidiary": "1000", "currency": "USD", "exchangerate": "1", "foreigncurrency": "USD", "taxline": "F", "links": [],
    }  # fmt: skip
    sides = (("1", "credit", "0021550"), ("2", "debit", "0040000"))
    return [
        {**common, "transaction": str(n), "tranid": f"JE{n}", "transactionline": line, side: "7.10", "account": account}
        for n in range(1, 5)
        for line, side, account in sides
    ]


def _read_suiteql(tmp_path: Path, change: Callable[[str], str], total: dict[str, object] | None = None) -> list[dict[str, str]]:
    sums = total or {"line_count": "8", "debit": 28.4, "credit": "2.84E1"}

    def answer(asked: bytes) -> tuple[bytes, Style]:
        if b"COUNT(*)" in asked:
            return json.dumps({"items": [sums], "hasMore": False}).encode(), PLAIN
        after = int((re.findall(rb"tal.transaction > (\d+)", asked))[0])
        page = _items()[:4] if after == 0 else _items()[4:]
        return change(json.dumps({"items": page, "hasMore": after == 0})).encode(), PLAIN

    with Responder(answer) as system:
        source = Source.model_validate(
            {"kind": "netsuite", "url": system.url, "credentials": {"kind": "oauth1_tba"}, "settings": {"account": "T"}, "deliver": ["line"], "start": DAY}
        )
        place = place_of(tmp_path)
        extract_day("erp", source, place, DAY, ENGINE)
    return delivered(place, "erp", DAY)


@pytest.mark.parametrize("form", ["7.1", '"7.10"', "71E-1", '"7.1"'])
def test_suiteql_numbers_in_any_form_are_exact(form: str, tmp_path: Path) -> None:
    rows = _read_suiteql(tmp_path, lambda t: t.replace('"7.10"', form))
    assert sorted(r["amount"] for r in rows) == ["-7.1"] * 4 + ["7.1"] * 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"credit": "7.10"', '"credit": "7.10", "credit": "7.10"'), ('"credit": "7.10"', '"credit": null'), ('"credit"', '"credits"'),
        ('"credit": "7.10"', '"credit": "7,10"'), ('"hasMore": true', '"hasMore": false'), ('"hasMore": true', '"hasMore": "true"'),
        ('"hasMore": false', '"hasMore": true'), ('"items"', '"rows"'), ('"transaction": "4"', '"transaction": "1"'),
        ('"transaction": "2"', '"transaction": "2) OR (1=1"'),
        ('"trandate": "2026-03-31"', '"trandate": "3/31/2026"'), ('"account": "0021550"', '"account": null'),
    ],
)  # fmt: skip
def test_suiteql_answers_that_changed_are_loud(old: str, new: str, tmp_path: Path) -> None:
    with pytest.raises(SystemFault) as told:
        _read_suiteql(tmp_path, lambda t: t.replace(old, new))
    assert told.value.exit_code == 3
    assert not list(tmp_path.rglob("ledger_line*.parquet"))


def test_suiteql_lines_without_a_total_are_not_proven(tmp_path: Path) -> None:
    """An empty day: no lines and no word of how many there are would agree."""

    def answer(_: bytes) -> tuple[bytes, Style]:
        return b'{"items": [], "hasMore": false}', PLAIN

    with Responder(answer) as system:
        source = Source.model_validate(
            {"kind": "netsuite", "url": system.url, "credentials": {"kind": "oauth1_tba"}, "settings": {"account": "T"}, "deliver": ["line"], "start": DAY}
        )
        with pytest.raises(SystemFault, match="states no total"):
            extract_day("erp", source, place_of(tmp_path), DAY, ENGINE)


@pytest.mark.parametrize("total", [{"line_count": "9", "debit": "28.4", "credit": "28.4"}, {"line_count": "8", "debit": "28.39", "credit": "28.4"}])
def test_suiteql_totals_that_differ_are_loud(total: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(SystemFault, match="control totals"):
        _read_suiteql(tmp_path, lambda t: t, total)
