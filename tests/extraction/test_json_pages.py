"""The fast parser and the standard library's agree on every page, to the digit; what only one of them takes is judged by the standard library's."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.extraction.definition import Stream
from connectors.extraction.json_page import read_answer
from connectors.extraction.json_text import parse_json
from connectors.extraction.records import Drift
from connectors.http.json_pages import decoded

STREAM = Stream(records="value", fields=("id", "amount"), optional=("amount",))
WHOLE = st.integers(-(10**30), 10**30).map(str)
NUMBERS = st.one_of(
    WHOLE, st.builds("{}.{}".format, WHOLE, st.text("0123456789", min_size=1, max_size=30)),
    st.builds("{}.{}{}{}".format, st.integers(0, 99), st.integers(0, 99), st.sampled_from(["e", "E+", "E-"]), st.integers(0, 400)),
)  # fmt: skip
CELLS = st.one_of(NUMBERS, st.sampled_from(["null", "true", "false"]), st.text().map(json.dumps))


def _texts(tree: Any) -> Any:
    """A tree with its integers as text, which is how the standard library's parser is asked to give them."""
    if isinstance(tree, dict):
        return {k: _texts(v) for k, v in tree.items()}
    if isinstance(tree, list):
        return [_texts(v) for v in tree]
    return str(tree) if isinstance(tree, int) and not isinstance(tree, bool) else tree


def _page(cells: list[str]) -> bytes:
    return f'{{"value": [{", ".join(f"""{{"id": {n}, "amount": {c}}}""" for n, c in enumerate(cells))}]}}'.encode()


@given(st.lists(CELLS, max_size=5))
def test_both_parsers_give_the_same_texts(cells: list[str]) -> None:
    content = _page(cells)
    assert _texts(decoded(STREAM, content, {})) == parse_json(content)


@given(st.lists(CELLS, min_size=1, max_size=3), st.data())
def test_both_refuse_the_same_damage(cells: list[str], data: st.DataObject) -> None:
    content = bytearray(_page(cells))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 2))] = data.draw(st.sampled_from([b"", b"\x00", b"\xff", b'"', b",", b"}", b"1", b"-", b".", b"e", b"N", b"\\"]))
    assert _outcome(lambda c: _texts(decoded(STREAM, c, {})), bytes(content)) == _outcome(parse_json, bytes(content))


def _outcome(read: Any, content: bytes) -> Any:
    try:
        return str(read(content)).replace("'-0'", "'0'")  # the one difference: a whole nought loses its sign
    except Drift:
        return Drift


@pytest.mark.parametrize("amount", ["7.10", "0.1", "1234567890123.45", "12345678901234567890.1234567890", "100", "9223372036854775808", "1" * 5000, "-0.0"])
def test_digits_come_through(amount: str) -> None:
    page = read_answer(STREAM, decoded(STREAM, _page(["1", amount]), {}), {})
    assert list(page.columns["amount"]) == ["1", amount]


def test_kinds_may_be_mixed_but_not_structured() -> None:
    page = read_answer(STREAM, decoded(STREAM, _page(["null", "1", '"x"', "true", "2.50"]), {}), {})
    assert list(page.columns["amount"]) == [None, "1", "x", "true", "2.50"]
    for cell in ("[1]", '{"a": 1}', '"\\ud800"'):
        with pytest.raises(Drift):
            read_answer(STREAM, decoded(STREAM, _page(["1", cell]), {}), {})


def test_every_row_is_looked_at_for_what_is_unknown_or_lacking() -> None:
    rows = [{"id": n, "amount": "1"} for n in range(1000)]
    late = [*rows, {"id": 1000, "amount": "1", "surcharge": "5"}]
    assert read_answer(STREAM, {"value": late}, {}).unknown == {"surcharge"}
    with pytest.raises(Drift, match="no field id"):
        read_answer(STREAM, {"value": [*rows, {"amount": "1"}]}, {})
    with pytest.raises(Drift, match="no object"):
        read_answer(STREAM, {"value": [*rows, None]}, {})
    assert list(read_answer(STREAM, {"value": [*rows, {"id": 1000}]}, {}).columns["amount"]) == ["1"] * 1000 + [None]


def test_one_field_alone_is_read_too() -> None:
    single = Stream(records="value", fields=("id",))
    assert list(read_answer(single, {"value": [{"id": 1}, {"id": 2}]}, {}).columns["id"]) == ["1", "2"]
