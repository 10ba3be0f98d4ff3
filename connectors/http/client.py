"""HTTP written once: one TLS context, signed requests, limits, waiting as asked, and faults that say what and never show a secret.

What belongs here: getting one answer. What does not: pages, parsing, meaning. A read is tried again; a write never is: its caller looks
the entry up first.
"""

import random
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from connectors.http.limiter import Limiter, limiter_of
from connectors.http.secrets import redact
from connectors.http.signing import refused, signer_of
from core.errors import SystemFault, UsageFault
from core.policy import Source

_LATER = frozenset({408, 429, 500, 502, 503, 504})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MAX_ANSWER = 512 << 20
_LONGEST_WAIT = 300
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the bytes as sent, and the headers without cookies."""

    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: str = field(default="", repr=False)


class NoAnswer(Exception):
    """A write was sent and nobody knows whether it arrived."""


class Client:
    """Requests of one source to its one host."""

    def __init__(
        self, name: str, source: Source, url: str, *, per_minute: int, concurrency: int, attempts: int, timeout: int, blocked: tuple[str, ...] = (),
        denied: tuple[str, ...] = (), login: Mapping[str, str] | None = None, settings: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.name, self.url, self._attempts, self._timeout = name, url.rstrip("/"), attempts, timeout
        self._blocked, self._denied = (tuple(code.lower().encode() for code in codes) for codes in (blocked, denied))
        self._host = _checked_host(name, self.url)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("https://", _Adapter(tls_context(name, source)))
        self.limiter: Limiter = limiter_of(f"{self._host} {dict(settings or {}).get('account', '')}", per_minute, concurrency)
        self._signer = signer_of(name, source.credentials, self._unsigned, login or {}, self.url, settings or {})

    def read(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None, also: tuple[int, ...] = ()) -> Answer:
        """An answer of status 200 (or one of `also`), tried again while the system says later, but not where it refuses us: that locks accounts.

        Raises SystemFault.
        """
        why = ""
        for attempt in range(self._attempts):
            try:
                answer = self._once(method, target, headers, body)
            except requests.RequestException as fault:
                why = _reason(fault)
                time.sleep(self._backoff(attempt))
                continue
            if answer.status == 401 and attempt == 0 and self._signer.renew():
                continue
            if self._says(answer, self._denied):
                raise refused(self.name, f"{self._host} answered {answer.status}{_fault_told(answer)}")
            if answer.status in _LATER or self._is_blocked(answer):
                why = f"it answered {answer.status}" + (" (too many requests)" if answer.status == 429 or self._is_blocked(answer) else _fault_told(answer))
                self._wait(answer, attempt)
                continue
            if answer.status == 200 or answer.status in also:
                return answer
            if answer.status in (401, 403):
                raise refused(self.name, f"{self._host} answered {answer.status}")
            raise self._fault(f"it answered {answer.status}: {redact(_excerpt(answer.content))}", target)
        raise self._fault(f"no answer after {self._attempts} attempts: {why}", target)

    def write(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One attempt. Raises NoAnswer where nobody knows whether the system took it."""
        try:
            answer = self._once(method, target, headers, body)
            if answer.status == 401 and self._signer.renew():
                answer = self._once(method, target, headers, body)
        except requests.ConnectTimeout as fault:
            raise self._fault(f"it cannot be reached: {_reason(fault)}", target) from None
        except requests.RequestException as fault:
            raise NoAnswer(_reason(fault)) from None
        return answer

    def asks_to_wait(self, answer: Answer, attempt: int) -> bool:
        """Whether a write was refused for now, by 429 or a code of the platform's; if so, and attempts are left, waits as long as it asks."""
        if answer.status != 429 and not self._is_blocked(answer):
            return False
        if attempt + 1 < self._attempts:
            self._wait(answer, attempt)
        return True

    @property
    def attempts(self) -> int:
        return self._attempts

    def address(self, target: str) -> str:
        """The whole address of a path or of a link the system gave; a link to another host is refused: our credentials stay here."""
        if not target.startswith(("http://", "https://")):
            return f"{self.url}/{target.lstrip('/')}"
        if urlsplit(target).netloc != self._host or urlsplit(target).scheme != urlsplit(self.url).scheme:
            raise self._fault("its answer leads to another host", urlsplit(target).netloc)
        return target

    # ------------------------------------------------------------------------------------------------------------------ pieces
    def _once(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        url = self.address(target)
        with self.limiter.turn():
            signed = {**headers, **self._signer.headers(method, url)}
            return self._sent(method, url, signed, body)

    def _sent(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        timeout = (min(30, self._timeout), self._timeout)
        with self._session.request(method, url, headers=dict(headers), data=body, timeout=timeout, allow_redirects=False, stream=True) as response:
            self._session.cookies.clear()
            content = bytearray()
            for chunk in response.iter_content(_CHUNK):
                content += chunk
                if len(content) > MAX_ANSWER:
                    raise self._fault(f"its answer is larger than {MAX_ANSWER >> 20} MB", url)
            kept = {k: v for k, v in response.headers.items() if k.lower() != "set-cookie"}
            cookies = "; ".join(f"{c.name}={c.value}" for c in response.cookies)
            return Answer(response.status_code, bytes(content), kept, cookies)

    def _unsigned(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, bytes, str]:
        _checked_host(self.name, url)
        try:
            answer = self._sent(method, url, headers, body)
        except requests.RequestException as fault:
            raise self._fault(f"signing in failed: {_reason(fault)}", urlsplit(url).netloc) from None
        return answer.status, answer.content, answer.cookies

    def _is_blocked(self, answer: Answer) -> bool:
        return self._says(answer, self._blocked)

    def _says(self, answer: Answer, codes: tuple[bytes, ...]) -> bool:
        return answer.status != 200 and bool(codes) and any(code in answer.content.lower() for code in codes)

    def _wait(self, answer: Answer, attempt: int) -> None:
        asked = retry_after(answer.headers.get("Retry-After", ""))
        if asked is not None and asked > _LONGEST_WAIT:
            raise self._fault(f"it asks to wait {asked} s", self._host)
        seconds = self._backoff(attempt) if asked is None else asked + random.random()  # never all at the same moment
        self.limiter.pause(seconds)
        time.sleep(seconds)

    def _backoff(self, attempt: int) -> float:
        return min(1 << attempt, 60) * (0.5 + random.random() / 2)

    def _fault(self, what: str, target: str) -> SystemFault:
        where = f"source {self.name}, {redact(target.split('?')[0])}"
        return SystemFault(
            f"{self._host}: {what}", where, "what cannot be read completely is not closed", "tieout doctor, then run the close again: it resumes"
        )


class _Adapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=self._context, **named)


def tls_context(name: str, source: Source) -> ssl.SSLContext:
    """The one TLS context of a source: 1.3 unless lowered on purpose, certificates always checked, its own certificate where it signs by x509."""
    context = ssl.create_default_context(cafile=source.ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if source.tls_minimum == "1.3" else ssl.TLSVersion.TLSv1_2
    if source.credentials.kind == "x509":
        files = {k: v.removeprefix("file:") for k, v in source.credentials.secrets.items()}
        if not all(Path(files.get(k, "")).is_file() for k in ("certificate", "key")):
            raise UsageFault(
                f"source {name} signs by x509 but certificate or key is not there", "tieout.toml", "the system will not let us in",
                'credentials.secrets = { certificate = "file:...", key = "file:..." }',
            )  # fmt: skip
        context.load_cert_chain(files["certificate"], files["key"])
    return context


def retry_after(value: str, now: datetime | None = None) -> int | None:
    """Seconds of a Retry-After header, a number or a date (RFC 9110); None where it says nothing."""
    if value.strip().isdigit():
        return int(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    left = until - (now or datetime.now(tz=UTC))
    return max(0, left.days * 86_400 + left.seconds)


def _checked_host(name: str, url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        raise UsageFault(
            f"source {name} has no https address", "tieout.toml", "credentials and books never travel in the clear", f'[sources.{name}] url = "https://..."'
        )
    return parts.netloc


def _reason(fault: requests.RequestException) -> str:
    return type(fault).__name__


_TOLD = re.compile(rb"<(?:[\w.-]+:)?(?:faultstring|Text)(?:\s[^>]*)?>([^<]{1,200})")


def _fault_told(answer: Answer) -> str:
    """What a SOAP fault says, where the answer is one."""
    found = _TOLD.search(answer.content)
    return f": {redact(' '.join(found[1].decode('utf-8', 'replace').split()))}" if found else ""


def said_in(answer: Answer) -> str:
    """What an answer of any form says, for people: its fault, else how it begins."""
    began = redact(_excerpt(answer.content))
    return _fault_told(answer) or (f": {began}" if began else "")


def _excerpt(content: bytes) -> str:
    return " ".join(content[:300].decode("utf-8", "replace").split())
