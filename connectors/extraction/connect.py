"""From a source's configuration to a way of asking. Heavy clients are imported only by the transport that needs them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.extraction.definition import Platform
from connectors.extraction.reading import Transport
from connectors.extraction.template import fill
from core.errors import UsageFault
from core.policy import Source

if TYPE_CHECKING:
    from connectors.http.client import Client


def transport_of(kind: str, name: str, source: Source, chosen: Platform, settings: Mapping[str, str], books: Path) -> Transport:
    """The transport of a stream."""
    if kind == "sql":
        from connectors.database.stream import DatabaseStream

        return DatabaseStream(name, source)
    if kind == "file":
        from connectors.files.exports import ExportFiles

        return ExportFiles(name, source, books)
    if kind in ("report", "soap"):
        settings = {"wsdl_sha256": "any", **settings}
        if "wsdl" not in settings:
            raise UsageFault(
                f"{chosen.definition.title} names no WSDL", f"platforms/{chosen.name}/platform.toml", "requests are made and answers are judged by it",
                '[settings] wsdl = "wsdl/name.wsdl", a path inside the books',
            )  # fmt: skip
    if kind == "report":
        from connectors.soap.reports import ReportStream

        return ReportStream(name, source, client_of(name, source, chosen, settings), settings, books)
    if kind == "soap":
        from connectors.soap.stream import SoapStream

        return SoapStream(name, source, client_of(name, source, chosen, settings), settings, books)
    from connectors.http.stream import HttpStream

    return HttpStream(client_of(name, source, chosen, settings), frozenset(f"x_{ours}" for ours in source.fields))


def client_of(name: str, source: Source, chosen: Platform, settings: Mapping[str, str]) -> "Client":
    """An HTTP client with the platform's limits. Raises UsageFault for credentials the platform does not take."""
    from connectors.http.client import Client

    definition = chosen.definition
    if source.credentials.kind not in definition.auth:
        raise UsageFault(
            f"{definition.title} is not signed into by {source.credentials.kind}", "tieout.toml", "it would refuse every request",
            f'[sources.{name}.credentials] kind = "{definition.auth[0]}"',
        )  # fmt: skip
    rate = definition.rate
    return Client(
        name, source, source.url or fill(definition.url, settings), per_minute=rate.requests_per_minute, concurrency=rate.concurrency,
        attempts=rate.attempts, timeout=rate.timeout_seconds, blocked=rate.blocked, denied=rate.denied, login=definition.login, settings=settings,
    )  # fmt: skip
