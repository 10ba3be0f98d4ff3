"""A stream over HTTP with JSON answers. What belongs here: request and answer of one page. What does not: retries and limits (`client`)."""

import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from connectors.extraction.definition import Stream
from connectors.extraction.json_page import read_answer
from connectors.extraction.records import Page
from connectors.extraction.template import fill
from connectors.http.client import Client
from connectors.http.json_pages import decoded

_READABLE = "$,:()/@'"


class HttpStream:
    """Asks one system for pages of JSON."""

    resumes = True

    def __init__(self, client: Client, mapped: frozenset[str] = frozenset()) -> None:
        """`mapped` are the columns whose fields the books name: a record without one is not what they expect."""
        self._client, self._mapped = client, mapped

    def fetch(self, stream: Stream, values: Mapping[str, str]) -> tuple[bytes, dict[str, object]]:
        target, headers, body = request_of(stream, values)
        answer = self._client.read(stream.method, target, headers, body)
        return answer.content, {"method": stream.method, "target": target, "body": (body or b"").decode()}

    def parse(self, stream: Stream, content: bytes, names: Mapping[str, str]) -> Page:
        must = names.values() if _asks_by_name(stream) else self._mapped
        return read_answer(stream, decoded(stream, content, names), names, must)


def _asks_by_name(stream: Stream) -> bool:
    """Whether a request names the mapped fields, so that an answer without one is not what was asked for."""
    return any("{more_names}" in value for value in stream.query.values())


def request_of(stream: Stream, values: Mapping[str, str]) -> tuple[str, dict[str, str], bytes | None]:
    """Target, headers and body of a page's request; a link of the answer before wins."""
    headers = {"Accept": "application/json", **{k: fill(v, values) for k, v in stream.headers.items()}}
    body = None
    if stream.json_body:
        headers["Content-Type"] = "application/json"
        body = json.dumps({k: fill(v, values) for k, v in stream.json_body.items()}).encode()
    if values.get("link"):
        link = values["link"]
        return (link if link.startswith(("http", "/")) else f"{stream.path.rpartition('/')[0]}/{link}"), headers, body
    query = urlencode({k: fill(v, values) for k, v in stream.query.items()}, quote_via=quote, safe=_READABLE)
    return fill(stream.path, values) + (f"?{query}" if query else ""), headers, body
