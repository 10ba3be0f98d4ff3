"""QuickBooks Online's journal entries: unsigned amounts with sides, tax lines on the side that is short, pages and the system's own count."""

import json
import shutil
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.extraction.extract import extract_day
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, line_of, place_of, small_ledger
from tieout.standins.ledger import Ledger
from tieout.standins.quickbooks_entities import FIELDS, QuickBooksEntities
from tieout.standins.server import Fault, Reply

PACKAGED = Path(__file__).resolve().parents[2] / "connectors" / "platforms" / "quickbooks_entities"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(autouse=True)
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QBO_CLIENT_ID", "ci")
    monkeypatch.setenv("QBO_CLIENT_SECRET", "cs-standin")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    path = tmp_path / "secrets" / "refresh"
    path.parent.mkdir()
    path.write_text("rt-standin-0\n", encoding="utf-8")
    return path


def _taxed(documents: int = 30) -> Ledger:
    """Entries of two days, one with two rates of tax, one with amounts of many digits."""
    ledger = small_ledger(documents, days=2)
    base = {"is_tax_line": "true", "points": "0"}
    ledger.lines += [
        (DAY, line_of(900, 1, "400000", Decimal("11.42"), DAY)),
        (DAY, line_of(900, 2, "215000", Decimal("-7.13"), DAY, **base, tax_base="99.90", tax_jurisdiction="US-WA")),
        (DAY, line_of(900, 3, "216000", Decimal("-4.29"), DAY, **base, tax_base="40.10", tax_jurisdiction="US-CA")),
        (DAY, line_of(901, 1, "400000", Decimal("12345678901234.5678"), DAY)),
        (DAY, line_of(901, 2, "0021550000", Decimal("-12345678901234.5678"), DAY)),
    ]
    return ledger


def _source(system: QuickBooksEntities, ledger: Ledger, token: Path, **more: object) -> Source:
    credentials = {"kind": "oauth2_refresh", "token_url": f"{system.url}/token", "secrets": {"refresh_token": f"file:{token}"}}
    settings = {**system.settings(ledger), **dict(more.pop("settings", {}))}  # type: ignore[call-overload]
    given = {"kind": "quickbooks_entities", "url": system.url, "credentials": credentials, "settings": settings, "fields": FIELDS, "deliver": ["line"],
             "start": date(2026, 3, 29), **more}  # fmt: skip
    return Source.model_validate(given)


def _rows(tmp_path: Path, ledger: Ledger, token: Path, day: date = DAY, faults: list[Fault] | None = None, **more: object) -> list[dict[str, str]]:
    with QuickBooksEntities(ledger) as system:
        system.faults = list(faults or [])
        place = place_of(tmp_path / "books")
        extract_day("qbo", _source(system, ledger, token, **more), place, day, ENGINE)
        return delivered(place, "qbo", day)


def _small_pages(books: Path, size: int) -> None:
    shutil.copytree(PACKAGED, books / "platforms" / "quickbooks_entities")
    path = books / "platforms" / "quickbooks_entities" / "platform.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("size = 1000", f"size = {size}"), encoding="utf-8")


@pytest.mark.parametrize("size", [1000, 4, 16])
def test_entries_come_complete_with_their_sides_and_taxes(size: int, tmp_path: Path, token: Path) -> None:
    ledger = _taxed()
    _small_pages(tmp_path / "books", size)
    rows = _rows(tmp_path, ledger, token, faults=[Fault(Reply(429, b"", {"Retry-After": "1"}), only="query"), Fault(drops=True, only="query")])
    keys = ("ledger_id", "company_id", "document_id", "line_id", "posting_date", "account", "currency", "event_id", "order_id", "member_id", "programme_id")
    assert sorted((*(str(r[k]) for k in keys), Decimal(r["amount"])) for r in rows) == sorted(
        (*(r[k] for k in keys), Decimal(r["amount"])) for _, r in ledger.lines
    )
    taxes = {(r["tax_code"], r["tax_jurisdiction"], r["tax_base"], r["amount"]) for r in rows if r["is_tax_line"] == "true"}
    assert taxes == {("1", "US-WA", "99.9", "-7.13"), ("2", "US-CA", "40.1", "-4.29")}
    assert sum(r["is_tax_line"] == "true" for r in rows) == 2
    everything = b"".join(p.read_bytes() for p in (tmp_path / "books").rglob("*") if p.is_file())
    assert b"-standin" not in everything


def test_what_is_changed_late_comes_and_an_unchanged_entry_does_not_come_again(tmp_path: Path, token: Path) -> None:
    ledger = small_ledger(10)
    with QuickBooksEntities(ledger) as system:
        place = place_of(tmp_path / "books")
        extract_day("qbo", _source(system, ledger, token), place, DAY, ENGINE)
        system.entries[3]["Line"][0]["Description"] = "made up later"
        system.entries[3]["MetaData"]["LastUpdatedTime"] = "2026-04-01T08:00:00-08:00"
        for line in (1, 2):
            system.post(date(2026, 4, 1), line_of(77, line, "400000", Decimal("5.5") * (3 - 2 * line), DAY))
        found = extract_day("qbo", _source(system, ledger, token), place, date(2026, 4, 1), ENGINE)
    assert found.facts["lines"] == {"read": 22, "delivered": 3, "changed": 1, "late": 2}


def test_an_entry_that_is_gone_is_told_of(tmp_path: Path, token: Path) -> None:
    ledger = small_ledger(10)
    following = date(2026, 4, 1)
    with QuickBooksEntities(ledger) as system:
        place = place_of(tmp_path / "books")
        extract_day("qbo", _source(system, ledger, token), place, DAY, ENGINE)
        system.delete("0000000007", following)
        with pytest.raises(SystemFault, match=r"entries were deleted in the system \(Id 7\)"):
            extract_day("qbo", _source(system, ledger, token), place, following, ENGINE)
        found = extract_day("qbo", _source(system, ledger, token, settings={"deleted": "accept"}), place, following, ENGINE)
    assert found.facts["lines"] == {"read": 18, "delivered": 0, "changed": 0, "late": 0}


def test_more_changes_than_are_told_are_not_taken_for_all(tmp_path: Path, token: Path) -> None:
    with pytest.raises(SystemFault, match="more changes than the system tells"):
        _rows(tmp_path, small_ledger(1000), token, settings={"deleted": "stop"})


def test_an_account_without_a_number_is_known_by_its_id(tmp_path: Path, token: Path) -> None:
    rows = _rows(tmp_path, small_ledger(2), token, settings={"account_key": "id", "document_key": "id"})
    assert {(r["document_id"], r["account"]) for r in rows} == {("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")}


def test_a_description_or_the_number_may_hold_our_event(tmp_path: Path, token: Path) -> None:
    ledger = small_ledger(2)
    for _, row in ledger.lines:
        row["text"] = f"loyalty {row['event_id']}"
    rows = _rows(tmp_path, ledger, token, fields={"event_id": "Description", "batch_id": "DocNumber"})
    assert {(r["event_id"], r["batch_id"], r["document_id"]) for r in rows} == {
        ("loyalty A-1", "0000000001", "0000000001"), ("loyalty A-2", "0000000002", "0000000002"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "basis", "amounts"), [(1.25, "local", {"-1.375", "1.375"}), (2, "local", {"-2.2", "2.2"}), (1.237, "document", {"-1.1", "1.1"})]
)
def test_another_currency_is_converted_only_where_nothing_is_rounded(rate: float, basis: str, amounts: set[str], tmp_path: Path, token: Path) -> None:
    def foreign(answer: dict[str, Any]) -> None:
        for entry in answer.get("QueryResponse", {}).get("JournalEntry", []):
            entry |= {"CurrencyRef": {"value": "EUR"}, "ExchangeRate": rate}

    faults = [Fault(mutate=_json(foreign)) for _ in range(9)]
    if rate == 1.25:
        with pytest.raises(SystemFault, match="does not say its amounts in the home currency"):
            _rows(tmp_path, small_ledger(1), token, faults=faults, basis=basis)
        return
    rows = _rows(tmp_path, small_ledger(1), token, faults=faults, basis=basis)
    assert {r["amount"] for r in rows} == amounts
    assert {r["currency"] for r in rows} == {"EUR" if basis == "document" else "USD"}


def _json(change: Change) -> Callable[[bytes], bytes]:
    """A change of an answer to a query; numbers keep their digits."""

    def changed(body: bytes) -> bytes:
        answer = json.loads(body, parse_float=Decimal)
        if "QueryResponse" in answer or "CDCResponse" in answer:
            change(answer)
        return json.dumps(answer, default=str).encode()

    return changed


def _entries(change: Callable[[list[dict[str, Any]]], None]) -> Change:
    def changed(answer: dict[str, Any]) -> None:
        if answer.get("QueryResponse", {}).get("JournalEntry"):
            change(answer["QueryResponse"]["JournalEntry"])

    return changed


def _line(**more: Any) -> Change:
    def changed(entries: list[dict[str, Any]]) -> None:
        entries[0]["Line"][0] |= more

    return _entries(changed)


def _detail(**more: Any) -> Change:
    def changed(entries: list[dict[str, Any]]) -> None:
        entries[0]["Line"][0]["JournalEntryLineDetail"] |= more

    return _entries(changed)


def _account_gone(answer: dict[str, Any]) -> None:
    if "Account" in answer.get("QueryResponse", {}):
        answer["QueryResponse"]["Account"].pop(0)


def _list_gone(answer: dict[str, Any]) -> None:
    answer.get("QueryResponse", {}).pop("JournalEntry", None)


def _changes_gone(answer: dict[str, Any]) -> None:
    answer.get("CDCResponse", []).clear()


def _around_gone(answer: dict[str, Any]) -> None:
    answer["Fault"] = {"Error": [{"Message": "made up"}], "type": "SystemFault"}
    answer.pop("QueryResponse", None)


FAULTS: dict[str, tuple[Change, str]] = {
    "an entry lost": (_entries(lambda e: e.pop()), "counts 17 entries and gave 16"),
    "all entries lost": (_list_gone, "entries and gave 0"),
    "a line lost": (_entries(lambda e: e[0]["Line"].pop()), "documents balance"),
    "an entry twice": (_entries(lambda e: e.append(e[0])), "no key twice"),
    "lines gone": (_entries(lambda e: e[0].pop("Line")), "no list Line"),
    "changes gone": (_changes_gone, "no CDCResponse"),
    "a fault in 200": (_around_gone, "no QueryResponse"),
    "decimal comma": (_line(Amount="1,1"), "not readable"),
    "amount lost": (_line(Amount=None), "no amount without value"),
    "no side": (_detail(PostingType=None), "neither Debit nor Credit"),
    "another side": (_detail(PostingType="Debits"), "neither Debit nor Credit"),
    "another kind of line": (_line(DetailType="SalesItemLineDetail"), "of another kind"),
    "no line id": (_line(Id=None), "has no Id"),
    "account unknown": (_account_gone, "names an account"),
    "tax line lost": (_entries(lambda e: [x["TxnTaxDetail"]["TaxLine"].pop() for x in e if "TxnTaxDetail" in x]), "sides cannot be told"),
    "tax gone": (_entries(lambda e: [x.pop("TxnTaxDetail") for x in e if "TxnTaxDetail" in x]), "documents balance"),
    "rate unknown": (
        _entries(lambda e: [x["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"].update(TaxRateRef={"value": "9"}) for x in e if "TxnTaxDetail" in x]),
        "does not name an account",
    ),
    "a custom field twice": (_entries(lambda e: e[0]["Line"][0]["CustomField"].append(e[0]["Line"][0]["CustomField"][0])), "more than once"),
    "a date in another order": (_entries(lambda e: e[0].update(TxnDate="31-03-2026")), "a date is not readable"),
    "no number": (_entries(lambda e: e[0].pop("DocNumber")), "has no DocNumber"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_changed_answer_is_loud(name: str, tmp_path: Path, token: Path) -> None:
    change, said = FAULTS[name]
    with pytest.raises(SystemFault, match=said) as told:
        _rows(tmp_path, _taxed(), token, faults=[Fault(mutate=_json(change), only="/v3/") for _ in range(20)], start=DAY)
    assert told.value.exit_code == 3
    assert not list(tmp_path.rglob("ledger_line*.parquet"))


def test_an_answer_that_is_cut_off_is_loud(tmp_path: Path, token: Path) -> None:
    with pytest.raises(SystemFault, match="cut off"):
        _rows(tmp_path, _taxed(), token, faults=[Fault(mutate=lambda b: b[:-60], only="query") for _ in range(20)])
