"""Credentials stay where they are kept, whatever happens; connections are TLS 1.3 to whom they say, checked over real HTTPS on loopback."""

import logging
import shutil
import ssl
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from connectors.extraction.definition import packaged, platform
from connectors.extraction.extract import extract_day
from core.errors import Fault as OurFault
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.certificates import Authority
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of, small_ledger
from tests.extraction.vendor_files import vendor_file
from tieout.standins import netsuite, odata, odata_vendors, quickbooks, suitetalk_search
from tieout.standins.server import Asked, Fault, Reply, StandIn

CANARIES = {
    "password": "canary-pw-9f31x", "consumer_secret": "canary-cs-5d20x", "token_secret": "canary-ts-77a1x", "client_secret": "canary-cl-42c8x",
    "token": "canary-bearer-1b6x", "consumer_key": "canary-ck-e90x", "token_id": "canary-ti-03bx", "user": "canary-user-6x", "client_id": "canary-id-8x",
}  # fmt: skip
SETTINGS: dict[str, dict[str, str]] = {
    "netsuite": {"account": netsuite.ACCOUNT}, "sap_s4hana": {}, "bearer": {}, "d365_finance": {"currency": "USD"},
    "sap_b1": {"company_db": "S", "currency": "USD"}, "quickbooks_online": {"realm": "9130", "currency": "USD"},
    "netsuite_soap": {"account": netsuite.ACCOUNT, "version": "2023_2", "currency": "USD", "zone": "-08:00"},
}  # fmt: skip
KINDS = {
    "netsuite": "oauth1_tba", "netsuite_soap": "oauth1_tba", "sap_s4hana": "basic", "bearer": "bearer", "d365_finance": "oauth2_client", "sap_b1": "session",
    "quickbooks_online": "oauth2_refresh",
}  # fmt: skip
FAULTS: dict[str, Callable[[Asked], Fault]] = {
    "none": lambda _: Fault(),
    "an error that repeats what was sent": lambda a: Fault(Reply(400, f"{a.headers} {a.body.decode()}".encode())),
    "refused": lambda a: Fault(Reply(403, str(a.headers).encode())),
    "another answer": lambda _: Fault(Reply(200, b'{"error": "<html>"}')),
    "hung up": lambda _: Fault(drops=True),
}


def _system(name: str) -> StandIn:
    ledger = small_ledger(6)
    if name == "netsuite_soap":
        return suitetalk_search.SuiteTalkSearch(ledger, "2023_2")
    made: dict[str, Callable[[], StandIn]] = {
        "netsuite": lambda: netsuite.NetSuite(ledger), "quickbooks_online": lambda: quickbooks.QuickBooks(ledger),
        **{n: lambda n=n: getattr(odata_vendors, "sap_s4hana" if n == "bearer" else n)(ledger) for n in ("sap_s4hana", "bearer", "d365_finance", "sap_b1")},
    }  # fmt: skip
    return made[name]()


@pytest.fixture(autouse=True)
def _planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-ins know the same canaries as the books."""
    for name, value in {"account": netsuite.ACCOUNT, **CANARIES}.items():
        monkeypatch.setenv(f"ERP_{name.upper()}", value)
    for known in (netsuite.SECRETS, odata.USER, odata.CLIENT):
        for name in set(known) & set(CANARIES):
            monkeypatch.setitem(known, name, CANARIES[name])
    monkeypatch.setattr("time.sleep", lambda _: None)


def _books(tmp_path: Path, name: str, url: str) -> tuple[Source, Path]:
    """Books that read this system; the token that rolls lies outside of them."""
    books = tmp_path / "books"
    settings = dict(SETTINGS[name])
    if name == "netsuite_soap":
        shutil.copytree(vendor_file("netsuite"), books / "wsdl")
        settings["wsdl"] = "wsdl/netsuite.wsdl"
    if name == "bearer":
        folder = Path(str(platform("sap_s4hana")._folder))
        shutil.copytree(folder, books / "platforms" / "bearer")
        toml = books / "platforms" / "bearer" / "platform.toml"
        toml.write_text(toml.read_text(encoding="utf-8").replace('auth = ["basic"', 'auth = ["bearer", "basic"'), encoding="utf-8")
    rolling = tmp_path / "kept" / "refresh"
    rolling.parent.mkdir()
    rolling.write_text("rt-standin-0", encoding="utf-8")
    secrets = {"refresh_token": f"file:{rolling}"} if KINDS[name] == "oauth2_refresh" else {}
    credentials = {"kind": KINDS[name], "token_url": f"{url}/token", "secrets": secrets}
    source = Source.model_validate(
        {"kind": name, "url": url, "credentials": credentials, "settings": settings, "deliver": ["line"], "start": DAY, "overlap_days": 0}
    )
    return source, books


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", KINDS)
def test_no_secret_is_in_any_file_log_or_message(
    name: str, fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    said = ""
    sent: list[Asked] = []
    with _system(name) as system:
        source, books = _books(tmp_path, name, system.url)
        serve = system.serve

        def answer(asked: Asked) -> Reply | None:
            sent.append(asked)
            is_sign_in = asked.target.endswith(("/token", "/Login"))
            if fault != "none" and not is_sign_in:
                system.faults = [FAULTS[fault](asked)]
            return serve(asked)

        monkeypatch.setattr(system, "serve", answer)
        if name == "bearer":
            monkeypatch.setattr(system, "_lets_in", lambda asked: asked.headers["authorization"] == f"Bearer {CANARIES['token']}")
        try:
            extract_day("erp", source, place_of(books), DAY, ENGINE)
        except OurFault as told:
            said = "".join(traceback.format_exception(told)) + repr(told) + str(told.as_dict())
    assert bool(said) == (fault != "none"), said
    assert len(delivered(place_of(books), "erp", DAY) if fault == "none" else []) == (12 if fault == "none" else 0)
    secrets = _secrets_on_the_wire(sent)
    assert secrets, "something was signed"
    shown = said + caplog.text + "".join(capfd.readouterr())
    everything = b"".join(p.read_bytes() for p in books.rglob("*") if p.is_file() and "wsdl" not in p.parts)
    assert not [s for s in secrets if s in shown or s.encode() in everything]


def _secrets_on_the_wire(sent: list[Asked]) -> set[str]:
    """The canaries, and every header or token that was made of them."""
    found = set(CANARIES.values()) | {"rt-standin-0", "rt-standin-1"}
    for asked in sent:
        found |= {asked.headers[h].partition(" ")[2] or asked.headers[h] for h in ("authorization", "cookie") if h in asked.headers}
    return found


def test_every_kind_of_credentials_a_platform_takes_is_planted() -> None:
    taken = {kind for name in packaged() for kind in platform(name).definition.auth} - {"none", "x509"}
    assert taken <= set(KINDS.values())


def _read(tmp_path: Path, system: StandIn, secrets: Mapping[str, str] | None = None, **more: object) -> int:
    credentials = {"kind": "x509", "secrets": secrets} if secrets else {"kind": "basic"}
    source = Source.model_validate({"kind": "sap_s4hana", "url": system.url, "credentials": credentials, "deliver": ["line"], "start": DAY, **more})
    place = place_of(tmp_path)
    extract_day("erp", source, place, DAY, ENGINE)
    return len(delivered(place, "erp", DAY))


def _secure(context: ssl.SSLContext) -> StandIn:
    system = odata_vendors.sap_s4hana(small_ledger(300))
    system.tls = context
    return system


def test_pages_come_over_tls_1_3_from_whom_the_authority_names(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    context = authority.server()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with _secure(context) as system:
        assert _read(tmp_path, system, ca_file=str(authority.file)) == 600
        assert len(system.asked) > 1


@pytest.mark.parametrize("case", ["unknown authority", "another address", "TLS 1.2"])
def test_whom_we_cannot_be_sure_of_gets_nothing(case: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    context = authority.server("127.0.0.2" if case == "another address" else "127.0.0.1")
    if case == "TLS 1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    trusted = Authority(tmp_path / "other").file if case == "unknown authority" else authority.file
    with _secure(context) as system:
        with pytest.raises(SystemFault, match="no answer") as told:
            _read(tmp_path, system, ca_file=str(trusted))
        assert told.value.exit_code == 3
        assert system.asked == [], "no header left"
        if case == "TLS 1.2":
            assert _read(tmp_path, system, ca_file=str(trusted), tls_minimum="1.2") == 600


def test_a_certificate_of_our_own_lets_us_in_and_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path / "ca")
    context = authority.server()
    context.load_verify_locations(authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    certificate, key = authority.signed("client")
    with _secure(context) as system:
        monkeypatch.setattr(system, "_lets_in", lambda _: True)  # the connection has signed
        with pytest.raises(SystemFault):
            _read(tmp_path / "without", system, ca_file=str(authority.file))
        assert system.asked == []
        assert _read(tmp_path / "books", system, {"certificate": f"file:{certificate}", "key": f"file:{key}"}, ca_file=str(authority.file)) == 600
    everything = b"".join(p.read_bytes() for p in (tmp_path / "books").rglob("*") if p.is_file())
    assert key.read_bytes().splitlines()[1] not in everything
