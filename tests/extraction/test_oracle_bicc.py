"""Oracle Fusion by BICC files: the manifest first, every file it lists, checksums, newest versions; what is missing is waited for or loud."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.extraction.checking import check_source
from connectors.extraction.extract import Extraction, extract_day
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of, small_ledger
from tieout.standins.ledger import Ledger
from tieout.standins.oracle_tables import REFERENCES, GeneralLedger, columns_of

FIELDS = {ours: f"GlJeLines{''.join(p.title() for p in theirs.split('_'))}" for ours, theirs in REFERENCES.items()}
SETTINGS = {"account_segment": "3", "company_key": "segment", "ledger_key": "name"}
STORES = {
    "JournalLineExtractPVO": ("gl_je_lines", {"je_header_id": "JeHeaderId", "je_line_num": "JeLineNum"}, "GlJeLines"),
    "JournalHeaderExtractPVO": ("gl_je_headers", {"je_header_id": "JeHeaderId"}, "GlJeHeaders"),
    "CodeCombinationExtractPVO": ("gl_code_combinations", {}, "CodeCombination"),
    "LedgerExtractPVO": ("gl_ledgers", {}, "Ledger"),
}
Rows = list[dict[str, str]]


def _tables(ledger: Ledger) -> dict[str, Rows]:
    """What each data store extracts: its table under the attributes' names, with the day it was changed."""
    found = {}
    for store, (table, own, prefix) in STORES.items():
        names = [own.get(c, prefix + "".join(p.title() for p in c.split("_"))) for c in columns_of(table)]
        changed = f"{prefix}LastUpdateDate"
        found[store] = [
            {**{n: "" if v is None else str(v) for n, v in zip(names, r, strict=True)}, changed: f"{DAY} 21:05:11.0"} for r in GeneralLedger(ledger).rows[table]
        ]
    return found


def _zip(rows: Rows, header: Callable[[str], str] = str) -> bytes:
    text, packed = io.StringIO(), io.BytesIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([header(n) for n in rows[0]])
    writer.writerows([list(r.values()) for r in rows])
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("extract.csv", text.getvalue())
    return packed.getvalue()


def _drop(books: Path, files: Mapping[str, bytes], day: date = DAY, sums: Callable[[bytes], str] = lambda b: hashlib.md5(b).hexdigest()) -> Path:
    folder = books / "exports" / "of" / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, (name, content) in enumerate(files.items(), start=1):
        (folder / name).write_bytes(content)
        lines.append(f"{name};{number};{sums(content)}\n")
    (folder / "MANIFEST_DATA_17.MF").write_text("".join(lines), encoding="utf-8")
    return folder


def _named(store: str, number: int = 1) -> str:
    return f"file_fscmtopmodelam_finextractam_glbiccextractam_{store.lower()}-batch{number}-20260331_210511.zip"


def _files(tables: Mapping[str, Rows], header: Callable[[str], str] = str) -> dict[str, bytes]:
    return {_named(store): _zip(rows, header) for store, rows in tables.items()}


def _extract(books: Path, day: date = DAY, **more: object) -> Extraction:
    source = Source.model_validate({"kind": "oracle_bicc", "settings": SETTINGS, "fields": FIELDS, "deliver": ["line"], "start": DAY, **more})
    return extract_day("of", source, place_of(books), day, ENGINE)


def _same(books: Path, ledger: Ledger) -> None:
    keys = ("ledger_id", "company_id", "line_id", "posting_date", "account", "currency", "event_id", "order_id", "member_id", "programme_id")
    rows = delivered(place_of(books), "of", DAY)
    assert sorted((*(str(r[k]) for k in keys), Decimal(r["amount"]), Decimal(r["points"])) for r in rows) == sorted(
        (*(r[k] for k in keys), Decimal(r["amount"]), Decimal(r["points"])) for _, r in ledger.lines
    )


@pytest.mark.parametrize("header", [str, str.upper], ids=["as attributes are written", "in capitals"])
@pytest.mark.parametrize("kind", ["md5", "sha256"])
def test_an_extract_of_several_files_comes_whole(kind: str, header: Callable[[str], str], tmp_path: Path) -> None:
    ledger = small_ledger(30, days=3)
    tables = _tables(ledger)
    lines = tables.pop("JournalLineExtractPVO")
    files = _files(tables, header) | {_named("JournalLineExtractPVO", n): _zip(part, header) for n, part in enumerate((lines[:25], lines[25:]), start=1)}
    _drop(tmp_path, files | {_named("BudgetBalanceExtractPVO"): b"not ours"}, sums=lambda b: hashlib.new(kind, b).hexdigest())
    _extract(tmp_path)
    _same(tmp_path, ledger)
    kept = list(place_of(tmp_path).folder("of", DAY).glob("line/*/*.page"))
    assert len(kept) == 3, "the manifest and both files are kept as they came"


def test_the_newest_version_of_a_row_counts_and_only_posted_actuals(tmp_path: Path) -> None:
    ledger = small_ledger(5)
    tables = _tables(ledger)
    lines, heads = tables["JournalLineExtractPVO"], tables["JournalHeaderExtractPVO"]
    stale = [{**lines[0], "GlJeLinesDescription": "before", "GlJeLinesLastUpdateDate": f"{DAY} 09:00:00.0"}, lines[1]]
    extra = [{**r, "JeHeaderId": str(900 + n)} for n, r in enumerate((*lines[:2], *lines[:2], *lines[:2]))]
    for n, row in enumerate(extra):
        row["JeHeaderId"] = str(900 + n // 2)
    extra[4]["GlJeLinesStatus"] = extra[5]["GlJeLinesStatus"] = "U"
    heads += [{**heads[0], "JeHeaderId": "900", "GlJeHeadersActualFlag": "B"}, {**heads[0], "JeHeaderId": "901", "GlJeHeadersCurrencyCode": "STAT"}]
    tables["JournalLineExtractPVO"] = [*stale, *lines, *extra]
    _drop(tmp_path, _files(tables))
    _extract(tmp_path)
    _same(tmp_path, ledger)
    assert {r["text"] for r in delivered(place_of(tmp_path), "of", DAY)} == {None}


def test_what_has_not_arrived_is_waited_for(tmp_path: Path) -> None:
    assert _extract(tmp_path).facts["waiting_for"] == f"exports/of/{DAY}/*.[mM][fF]"
    folder = _drop(tmp_path, _files(_tables(small_ledger(2))))
    late = folder / _named("JournalHeaderExtractPVO")
    content = late.read_bytes()
    late.unlink()
    assert _extract(tmp_path).facts["waiting_for"] == f"exports/of/{DAY}/{late.name}, which the manifest lists"
    late.write_bytes(content)
    assert _extract(tmp_path).is_new


def test_doctor_says_what_it_waits_for(tmp_path: Path) -> None:
    source = Source.model_validate({"kind": "oracle_bicc", "settings": SETTINGS})
    assert list(check_source("of", source, tmp_path, DAY)) == [
        (True, f"Oracle Fusion ERP (BICC extract files): the export of today is not there yet (exports/of/{DAY}/*.[mM][fF])")
    ]


def _without(tables: dict[str, Rows], store: str, *columns: str) -> dict[str, bytes]:
    return _files({**tables, store: [{k: v for k, v in r.items() if k not in columns} for r in tables[store]]})


def _changed(tables: dict[str, Rows], store: str, rows: Sequence[dict[str, str]]) -> dict[str, bytes]:
    return _files({**tables, store: list(rows)})


DEBIT = "GlJeLinesAccountedDr"
LINES, HEADS, ACCOUNTS = "JournalLineExtractPVO", "JournalHeaderExtractPVO", "CodeCombinationExtractPVO"
FAULTS: dict[str, tuple[Callable[[dict[str, Rows]], dict[str, bytes]], str]] = {
    "zip cut off": (lambda t: {n: b[: len(b) // 2] for n, b in _files(t).items()}, "cut off or damaged"),
    "zip without a table": (lambda t: _files(t) | {_named(LINES): _empty_zip()}, "holds no CSV"),
    "zip damaged inside": (lambda t: _files(t) | {_named(LINES): _damaged(_zip(t[LINES]))}, "damaged"),
    "store not extracted": (lambda t: _files({k: v for k, v in t.items() if k != HEADS}), "lists no file like"),
    "column lost": (lambda t: _without(t, LINES, "GlJeLinesAccountedCr"), "no column GlJeLinesAccountedCr"),
    "our column lost": (lambda t: _without(t, LINES, "GlJeLinesReference1"), "no column GlJeLinesReference1"),
    "header lost": (lambda t: _changed(t, HEADS, t[HEADS][1:]), "has no header"),
    "line lost": (lambda t: _changed(t, LINES, t[LINES][:-1]), "documents balance"),
    "account not extracted": (lambda t: _changed(t, ACCOUNTS, t[ACCOUNTS][1:]), "CodeCombinationExtractPVO in full"),
    "two versions at one moment": (lambda t: _changed(t, LINES, [{**t[LINES][0], "GlJeLinesDescription": "other"}, *t[LINES]]), "no key twice"),
    "decimal comma": (lambda t: _changed(t, LINES, [{**r, DEBIT: r[DEBIT].replace(".", ",")} for r in t[LINES]]), "not readable"),
    "amounts lost": (lambda t: _changed(t, LINES, [{**r, DEBIT: ""} for r in t[LINES]]), "neither debit nor credit"),
}  # fmt: skip


def _empty_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        zipped.writestr("readme.txt", "made up")
    return packed.getvalue()


def _damaged(content: bytes) -> bytes:
    return content[:80] + bytes(255 - b for b in content[80:90]) + content[90:]


@pytest.mark.parametrize("name", FAULTS)
def test_an_extract_that_is_not_whole_is_loud(name: str, tmp_path: Path) -> None:
    make, said = FAULTS[name]
    _drop(tmp_path, make(_tables(small_ledger(10))))
    with pytest.raises(SystemFault, match=said):
        _extract(tmp_path)
    assert not list(tmp_path.rglob("ledger_line*.parquet"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{name};1;00000000000000000000000000000000", "another checksum"),
        ("{name};1", "not file;document;checksum"),
        ("../{name};1;{sum}", "not file;document;checksum"),
    ],
)
def test_a_manifest_is_taken_at_its_word(line: str, said: str, tmp_path: Path) -> None:
    folder = _drop(tmp_path, _files(_tables(small_ledger(3))))
    path = folder / "MANIFEST_DATA_17.MF"
    first, rest = path.read_text(encoding="utf-8").split("\n", 1)
    name, _, checksum = first.split(";")
    path.write_text(line.format(name=name, sum=checksum) + "\n" + rest, encoding="utf-8")
    with pytest.raises(SystemFault, match=said):
        _extract(tmp_path)
