"""A whole close that signs in to a system leaves no secret: not in the lake, the database, Dagster's event log, reports or what it says, well or ill."""

import os
from pathlib import Path

import pytest

from tests.extraction.erp_books import DAY, small_ledger
from tests.system.small_books import make
from tests.system.system_books import tieout
from tieout.standins import netsuite
from tieout.standins.netsuite import NetSuite
from tieout.standins.server import Fault, Reply

CANARIES = {"consumer_key": "canary-ck-31fx", "consumer_secret": "canary-cs-8e2x", "token_id": "canary-ti-77dx", "token_secret": "canary-ts-0a9x"}
pytestmark = pytest.mark.minutes


def test_a_close_that_works_and_one_that_fails_keep_every_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CANARIES.items():
        monkeypatch.setitem(netsuite.SECRETS, name, value)
    environment = {f"ERP_{k.upper()}": v for k, v in {"account": netsuite.ACCOUNT, **CANARIES}.items()}
    with NetSuite(small_ledger(10)) as system:
        policy = f"""
[sources.erp]
kind = "netsuite"
url = "{system.url}"
start = {DAY}
deliver = ["line"]
settings = {{ account = "{netsuite.ACCOUNT}" }}
[sources.erp.credentials]
kind = "oauth1_tba"
"""
        books = make(tmp_path / "books", policy)
        worked = tieout("close", DAY.isoformat(), "--books", books, environment=environment)
        assert worked.returncode == 0, worked.stderr
        system.faults = [Fault(Reply(400, " ".join(environment.values()).encode()))]
        failed = tieout("close", "2026-04-01", "--books", books, environment=environment)
        assert failed.returncode == 3, failed.stderr
        signatures = {a.headers["authorization"].rpartition('oauth_signature="')[2].partition('"')[0] for a in system.asked}
    assert len(signatures) > 2
    assert list(books.rglob("*.db")), "Dagster's event log and our database are among what is searched"
    shown = worked.stdout + worked.stderr + failed.stdout + failed.stderr
    everything = b"".join(p.read_bytes() for p in books.rglob("*") if p.is_file())
    assert not [s for s in (*CANARIES.values(), *signatures) if s in shown or s.encode() in everything]
    assert os.environ.get("ERP_TOKEN_SECRET") is None, "given to the closes only"
