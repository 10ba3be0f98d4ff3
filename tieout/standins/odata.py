"""OData services as stand-ins: V2 (SAP) and V4 (Business Central, Dynamics 365 Finance, SAP Business One), with filters, pages and counts.

What belongs here: $filter, $orderby, $select, paging, sign-in. What does not: what a vendor's records look like (`odata_vendors`).
"""

import base64
import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tieout.standins.server import Asked, Reply, StandIn

USER = {"user": "standin", "password": "pw-standin-odata"}
CLIENT = {"client_id": "ci-standin", "client_secret": "cs-standin-odata"}
TOKEN = "/token"
ENTERED = "@entered"
"""On which day a record that does not say so itself came to be; it is not on the wire."""
_TOKEN = re.compile(r"\s*(\(|\)|datetime'[^']*'|'(?:[^']|'')*'|[\w@.:+-]+)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt,
}  # fmt: skip


class ODataStandIn(StandIn):
    """One entity set. `comparable` makes a record's value comparable with a literal of a filter; `wire` writes a record as the vendor does."""

    def __init__(
        self, entity: str, records: Sequence[dict[str, Any]], *, version: int, wire: Callable[[dict[str, Any]], dict[str, Any]], page: int = 400,
        session: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.entity, self.records, self.version, self._wire, self.page = entity, list(records), version, wire, page
        self._session = session
        self.sessions: set[str] = set()

    def answer(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.target)
        if parts.path.endswith("/Login") and self._session:
            return self._login(asked)
        if parts.path == TOKEN and asked.method == "POST":
            return _granted(asked)
        if not self._lets_in(asked):
            return Reply(401, b'{"error":{"code":"401","message":"Unauthorized"}}')
        if not parts.path.endswith(f"/{self.entity}") or asked.method != "GET":
            return Reply(404, b'{"error":{"code":"404","message":"Resource not found"}}')
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        try:
            found = [r for r in self.records if r.get(ENTERED, "") <= str(self.today) and matches(query.get("$filter", ""), r)]
        except (KeyError, ValueError, IndexError) as fault:
            return Reply(400, json.dumps({"error": {"code": "400", "message": f"invalid filter: {fault}"}}).encode())
        for name in reversed([n for n in query.get("$orderby", "").split(",") if n]):
            found.sort(key=lambda r, n=name: r[n])  # type: ignore[misc]
        start = int(query.get("$skiptoken", "0"))
        page = [self._wire({k: v for k, v in r.items() if k != ENTERED}) for r in found[start : start + self.page]]
        if "$select" in query:
            page = [{k: r[k] for k in query["$select"].split(",")} for r in page]
        following = None
        if start + self.page < len(found):
            following = f"{parts.path}?{urlencode({**query, '$skiptoken': str(start + self.page)})}"
        return Reply(200, json.dumps(self._body(page, following, len(found), query, asked)).encode(), {"Content-Type": "application/json"})

    def _body(self, page: list[dict[str, Any]], following: str | None, total: int, query: Mapping[str, str], asked: Asked) -> dict[str, Any]:
        host = f"{self.scheme}://{asked.headers['host']}"
        if self.version == 2:
            rows = [{"__metadata": {"type": self.entity}, **r} for r in page]
            inner: dict[str, Any] = {"results": rows, **({"__count": str(total)} if query.get("$inlinecount") == "allpages" else {})}
            return {"d": inner | ({"__next": host + following} if following else {})}
        body: dict[str, Any] = {"@odata.context": f"{host}/$metadata#{self.entity}", "value": page}
        if query.get("$count") == "true":
            body["@odata.count"] = total
        return body | ({"@odata.nextLink": (host + following) if not self._session else following.rpartition("/")[2]} if following else {})

    def _lets_in(self, asked: Asked) -> bool:
        if self._session:
            return any(s in asked.headers.get("cookie", "") for s in self.sessions)
        return asked.headers.get("authorization") in (basic(USER["user"], USER["password"]), "Bearer at-standin-odata")

    def _login(self, asked: Asked) -> Reply:
        body = json.loads(asked.body)
        if (body.get("UserName"), body.get("Password")) != (USER["user"], USER["password"]):
            return Reply(401, b'{"error":{"code":100000027,"message":"Login failed"}}')
        session = f"sid-{len(self.sessions) + 1}-standin"
        self.sessions.add(session)
        return Reply(200, b'{"SessionTimeout":30}', {"Set-Cookie": f"B1SESSION={session}; HttpOnly; Path=/b1s"})


def basic(user: str, password: str) -> str:
    """The header of a user and a password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _granted(asked: Asked) -> Reply:
    """A token for client credentials."""
    if asked.headers.get("authorization") != basic(CLIENT["client_id"], CLIENT["client_secret"]) or b"grant_type=client_credentials" not in asked.body:
        return Reply(401, b'{"error":"invalid_client"}')
    return Reply(200, json.dumps({"access_token": "at-standin-odata", "token_type": "Bearer", "expires_in": 3600}).encode())


def matches(text: str, record: Mapping[str, Any]) -> bool:
    """Whether a record fits a $filter of comparisons joined by and/or with parentheses."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", text):
        raise ValueError(text)
    if not tokens:
        return True
    value, rest = _any_of(tokens, record)
    if rest:
        raise ValueError(" ".join(rest))
    return value


def _any_of(tokens: list[str], record: Mapping[str, Any]) -> tuple[bool, list[str]]:
    value, rest = _all_of(tokens, record)
    while rest and rest[0] == "or":
        other, rest = _all_of(rest[1:], record)
        value = value or other
    return value, rest


def _all_of(tokens: list[str], record: Mapping[str, Any]) -> tuple[bool, list[str]]:
    value, rest = _one(tokens, record)
    while rest and rest[0] == "and":
        other, rest = _one(rest[1:], record)
        value = value and other
    return value, rest


def _one(tokens: list[str], record: Mapping[str, Any]) -> tuple[bool, list[str]]:
    if tokens[0] == "(":
        value, rest = _any_of(tokens[1:], record)
        if rest[0] != ")":
            raise ValueError("parenthesis")
        return value, rest[1:]
    left, compare, literal = record[tokens[0]], _COMPARE[tokens[1]], tokens[2]
    plain = literal.removeprefix("datetime").strip("'")
    if left is None:
        return False, tokens[3:]
    return compare(str(left), plain[: len(str(left))] if re.match(r"\d{4}-\d\d-\d\d", plain) else plain), tokens[3:]
