"""Who we are on the wire: basic, bearer, OAuth 1 token-based (HMAC-SHA256), OAuth 2 client credentials and refresh, session cookies.

What belongs here: turning credentials into headers or cookies. What does not: retries, limits (`client`), where secrets rest (`secrets`).
"""

import base64
import hashlib
import hmac
import json
import os
import secrets as random_source
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from connectors.http.secrets import Secret, fetch, remember
from core.errors import SystemFault
from core.policy import Credentials

Send = Callable[[str, str, Mapping[str, str], bytes | None], tuple[int, bytes, str]]
"""Send(method, url, headers, body) -> status, answer, cookies: an unsigned request, for tokens and logins."""


class Signer:
    """Signs requests of one source. `renew` is called once after a 401 and says whether it is worth trying again."""

    def __init__(self, source: str, credentials: Credentials, send: Send) -> None:
        self.source, self.credentials, self._send = source, credentials, send

    def headers(self, method: str, url: str) -> dict[str, str]:
        """Headers for this request."""
        return {}

    def renew(self) -> bool:
        return False

    def _secret(self, name: str) -> Secret:
        reference = self.credentials.secrets.get(name, f"env:{self.source.upper()}_{name.upper()}")
        return fetch(reference, self.source, name)


class Basic(Signer):
    def headers(self, method: str, url: str) -> dict[str, str]:
        pair = f"{self._secret('user').reveal()}:{self._secret('password').reveal()}"
        encoded = base64.b64encode(pair.encode()).decode()
        remember(encoded)
        return {"Authorization": f"Basic {encoded}"}


class Bearer(Signer):
    def headers(self, method: str, url: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._secret('token').reveal()}"}


class TokenBased(Signer):
    """OAuth 1.0 with consumer and token, signed per request (RFC 5849, HMAC-SHA256)."""

    def headers(self, method: str, url: str) -> dict[str, str]:
        parameters = {
            "oauth_consumer_key": self._secret("consumer_key").reveal(),
            "oauth_token": self._secret("token_id").reveal(),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_timestamp": str(int(time.time())),
            "oauth_nonce": random_source.token_hex(16),
            "oauth_version": "1.0",
        }
        key = f"{_escape(self._secret('consumer_secret').reveal())}&{_escape(self._secret('token_secret').reveal())}"
        digest = hmac.new(key.encode(), signature_base(method, url, parameters).encode(), hashlib.sha256).digest()
        parameters["oauth_signature"] = base64.b64encode(digest).decode()
        shown = ", ".join(f'{k}="{_escape(v)}"' for k, v in sorted(parameters.items()))
        return {"Authorization": f'OAuth realm="{self._secret("account").reveal()}", {shown}'}


def signature_base(method: str, url: str, parameters: Mapping[str, str]) -> str:
    """The text that is signed (RFC 5849 section 3.4.1)."""
    parts = urlsplit(url)
    pairs = sorted((_escape(k), _escape(v)) for k, v in [*parameters.items(), *parse_qsl(parts.query, keep_blank_values=True)])
    base = f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path or '/'}"
    return "&".join((method.upper(), _escape(base), _escape("&".join(f"{k}={v}" for k, v in pairs))))


def _escape(text: str) -> str:
    return quote(text, safe="-._~")


class OAuth2(Signer):
    """Access tokens by client credentials or by a refresh token; a refresh token that rolls is written back to its file."""

    def __init__(self, source: str, credentials: Credentials, send: Send) -> None:
        super().__init__(source, credentials, send)
        self._token, self._ends = Secret(""), 0.0

    def headers(self, method: str, url: str) -> dict[str, str]:
        if time.monotonic() >= self._ends:
            self._obtain()
        return {"Authorization": f"Bearer {self._token.reveal()}"}

    def renew(self) -> bool:
        self._ends = 0.0
        return True

    def _obtain(self) -> None:
        grants = self.credentials.kind == "oauth2_refresh"
        form = {"grant_type": "refresh_token", "refresh_token": self._secret("refresh_token").reveal()} if grants else {"grant_type": "client_credentials"}
        if self.credentials.scope:
            form["scope"] = self.credentials.scope
        pair = f"{quote(self._secret('client_id').reveal())}:{quote(self._secret('client_secret').reveal())}"
        encoded = base64.b64encode(pair.encode()).decode()
        remember(encoded)
        body = "&".join(f"{k}={quote(v, safe='')}" for k, v in form.items()).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", "Authorization": f"Basic {encoded}"}
        status, answer, _ = self._send("POST", self.credentials.token_url, headers, body)
        granted = _object(answer)
        if status != 200 or not isinstance(granted.get("access_token"), str):
            raise refused(self.source, f"the token endpoint answered {status}")
        self._token = Secret(str(granted["access_token"]))
        lifetime = granted.get("expires_in", 300)
        self._ends = time.monotonic() + max(int(lifetime) - 60, 1) if isinstance(lifetime, int | str) and str(lifetime).isdigit() else 0.0
        rolled = granted.get("refresh_token")
        if grants and isinstance(rolled, str) and rolled != form["refresh_token"]:
            self._keep(rolled)

    def _keep(self, rolled: str) -> None:
        remember(rolled)
        reference = self.credentials.secrets.get("refresh_token", "")
        if not reference.startswith("file:"):
            raise SystemFault(
                "the system rolled its refresh token and there is nowhere to keep the new one", f"source {self.source}",
                "the next close could not sign in", 'name the token by "file:..." in credentials.secrets.refresh_token',
            )  # fmt: skip
        path = Path(reference.removeprefix("file:"))
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(rolled)
            os.fsync(file.fileno())
        temporary.replace(path)


class Session(Signer):
    """A login that answers with cookies, kept until a 401. `login` is the definition's: path and the body's keys."""

    def __init__(self, source: str, credentials: Credentials, send: Send, login: Mapping[str, str], url: str, settings: Mapping[str, str]) -> None:
        super().__init__(source, credentials, send)
        self._login, self._url, self._settings, self._cookies = login, url, settings, ""

    def headers(self, method: str, url: str) -> dict[str, str]:
        if not self._cookies:
            body = {k: self._value(v) for k, v in self._login.items() if k != "path"}
            sent = json.dumps(body).encode()
            status, _, cookies = self._send("POST", self._url + self._login["path"], {"Content-Type": "application/json"}, sent)
            if status != 200 or not cookies:
                raise refused(self.source, f"the login answered {status}")
            self._cookies = cookies
            remember(self._cookies)
        return {"Cookie": self._cookies}

    def _value(self, template: str) -> str:
        if template.startswith("secret:"):
            return self._secret(template.removeprefix("secret:")).reveal()
        return template.format_map(self._settings)

    def renew(self) -> bool:
        self._cookies = ""
        return True


def signer_of(source: str, credentials: Credentials, send: Send, login: Mapping[str, str], url: str, settings: Mapping[str, str]) -> Signer:
    """The signer of a source's kind of credentials; x509 signs by the connection itself."""
    if credentials.kind == "session":
        return Session(source, credentials, send, login, url, settings)
    kinds: dict[str, type[Signer]] = {
        "basic": Basic, "bearer": Bearer, "oauth1_tba": TokenBased, "oauth2_client": OAuth2, "oauth2_refresh": OAuth2,
    }  # fmt: skip
    return kinds.get(credentials.kind, Signer)(source, credentials, send)


def refused(source: str, what: str) -> SystemFault:
    return SystemFault(f"{what}: it did not let us in", f"source {source}", "nothing was read", "check the credentials' secrets and rights, then tieout doctor")


def _object(answer: bytes) -> dict[str, object]:
    try:
        found = json.loads(answer)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
