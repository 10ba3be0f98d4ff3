"""Bytes of a page to a tree, at half the cost of the standard library's parser.

What belongs here: which pages may be decoded so. What does not: taking the tree apart (`extraction.json_page`).
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from connectors.extraction.definition import Stream
from connectors.extraction.json_text import judge_names, parse_json, plain

_decode = msgspec.json.Decoder(float_hook=plain).decode


def decoded(stream: Stream, content: bytes, names: Mapping[str, str]) -> Any:
    """A page's tree: fractions in the digits they were written in, integers exact, as `int` or as text. Raises Drift.

    What the fast parser does not take, the standard library's judges. It also reads where an integer must be text already: in what is kept as JSON,
    in report trees, and where one of a list is chosen by its key.
    """
    if stream.nested or stream.shape != "records" or any("[" in path for path in (*stream.fields, *stream.line_fields, *names)):
        return parse_json(content)
    try:
        answer = _decode(content)
        judge_names(content, answer)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return parse_json(content)
    return answer
