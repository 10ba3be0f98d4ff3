"""One request to a system and its answer as a tree, by JSON over HTTP or by an envelope of the system's own WSDL.

What belongs here: making bytes, sending them, taking answers apart. What does not: what to send when, and what an answer means (`protocol`).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from connectors.extraction.connect import client_of
from connectors.extraction.definition import Platform
from connectors.extraction.template import fill
from connectors.http.client import Answer
from connectors.posting.answers import json_tree, xml_tree
from connectors.posting.body import Lists, Values, as_json, as_xml, of_line, rendered
from connectors.posting.definition import Posting, Request
from core.errors import SystemFault
from core.policy import Source

_READABLE = "$,:()/@'"
_ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header>{header}</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>'
)
_NAMELESS = re.compile(r"(?<=The value )'[^']*'|'[^']*'(?= is not)")
"""The value in a message of the schema's judge."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A request as it will leave, without what signs it."""

    transport: str
    method: str
    target: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""

    def shown(self) -> dict[str, str]:
        """For people and for the record."""
        what = {"operation": self.operation} if self.operation else {"method": self.method, "target": self.target}
        return {**what, "body": self.body.decode(), "body_sha256": hashlib.sha256(self.body).hexdigest()}


class Caller:
    """Speaks to the system of one source."""

    def __init__(self, name: str, source: Source, chosen: Platform, definition: Posting, settings: Mapping[str, str], books: Path) -> None:
        self._name, self._source, self._definition, self._settings, self._books = name, source, definition, settings, books
        self.client = client_of(name, source, chosen, settings)

    def draft(self, request: Request, values: Values, lists: Lists) -> Draft:
        """A request filled in. An envelope is judged by the WSDL's schemas here: what does not fit never leaves. Raises SystemFault, UsageFault."""
        tree = rendered(request.body, values, of_line(values, lists)) if request.body else None
        if request.transport == "soap":
            body = as_xml(tree or {}).encode()
            self._judged(body, self._definition.soap_header and fill(self._definition.soap_header, {**_escaped(self._settings), **_UNSIGNED}))
            return Draft("soap", "POST", "", body, operation=request.operation)
        query = urlencode({k: filled for k, v in request.query.items() if (filled := fill(v, values))}, quote_via=quote, safe=_READABLE)
        headers = {"Accept": "application/json", **{k: fill(v, values) for k, v in request.headers.items()}}
        body = b"" if tree is None else as_json(tree).encode()
        if body:
            headers["Content-Type"] = "application/json"
        return Draft("http", request.method, fill(request.path, values) + (f"?{query}" if query else ""), body, headers)

    def read(self, draft: Draft, absent: tuple[int, ...] = ()) -> Any:
        """The answer to a question, asked again while the system says later; None where its status means that there is nothing. Raises SystemFault, Drift."""
        target, headers, body = self._signed(draft)
        answer = self.client.read(draft.method, target, headers, body or None, absent)
        return None if answer.status in absent else self.tree(draft, answer)

    def write(self, draft: Draft) -> Answer:
        """The answer to a write, sent once. Raises NoAnswer where nobody knows whether it was taken."""
        target, headers, body = self._signed(draft)
        return self.client.write(draft.method, target, headers, body)

    def tree(self, draft: Draft, answer: Answer) -> Any:
        """An answer taken apart. Raises Drift."""
        return xml_tree(answer.content, self._schema) if draft.transport == "soap" else json_tree(answer.content)

    # ------------------------------------------------------------------------------------------------------------------ SOAP
    def _signed(self, draft: Draft) -> tuple[str, dict[str, str], bytes]:
        if draft.transport != "soap":
            return draft.target, dict(draft.headers), draft.body
        from connectors.soap import passport

        header = self._definition.soap_header
        envelope = self._judged(draft.body, header and fill(header, {**_escaped(self._settings), **passport.values(self._name, self._source)}))
        address, action = self._described.operation(draft.operation)
        return urlsplit(address).path, {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}, envelope

    def _judged(self, body: bytes, header: str) -> bytes:
        """The envelope, if the WSDL's schemas allow it; else SystemFault naming the rule, never the values."""
        envelope = _ENVELOPE.format(header=header, body=body.decode()).encode()
        if not self._schema.validate(etree.fromstring(envelope)):
            problem = self._schema.error_log[0]
            raise SystemFault(
                f"a request of {self._name} does not fit the WSDL: {_NAMELESS.sub('...', problem.message)}", f"line {problem.line} of the envelope",
                "the system would refuse it or book something else", "correct post.toml for this version of the WSDL",
            )  # fmt: skip
        return envelope

    @property
    def _described(self) -> Any:
        from connectors.soap.description import description

        return description(self._books / self._settings["wsdl"], self._settings["wsdl_sha256"])

    @property
    def _schema(self) -> Any:
        return self._described.schema


_UNSIGNED = {f"tba_{n}": "0" for n in ("account", "consumer_key", "token_id", "nonce", "timestamp", "signature")}
"""Stands in the header of an envelope that is only judged."""


def _escaped(settings: Mapping[str, str]) -> dict[str, str]:
    return {k: escape(v) for k, v in settings.items()}
