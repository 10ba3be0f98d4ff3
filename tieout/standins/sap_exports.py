"""SAP's exports as a stand-in writes them: a German user's list, the tables BKPF, BSEG and BSET, the universal journal; one set of files a day.

Amounts in tables are unsigned beside S or H; in lists the minus trails; everything is in the user's number format, Windows code page and all.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from tieout.standins.ledger import Ledger, number_text

GERMAN = {"encoding": "cp1252", "delimiter": ";", "decimal": ",", "thousands": ".", "sign": "trailing", "date_order": "dmy", "date_separator": "."}
_OURS = {
    "member_id": "ZZMEMBER", "order_id": "ZZORDER", "programme_id": "ZZPROGRAMME", "points": "ZZPOINTS", "tax_jurisdiction": "ZZTAXJUR",
    "tax_base": "ZZTAXBASE", "is_tax_line": "ZZTAXLINE", "batch_id": "ZZBATCH",
}  # fmt: skip
FIELDS: dict[str, dict[str, str]] = {
    "sap_list": {k: v for k, v in _OURS.items() if k != "batch_id"},
    "sap_tables": {k: v for k, v in _OURS.items() if k != "is_tax_line"},
    "sap_acdoca": _OURS,
}
"""Columns the company added to its layouts and tables, where SAP has none."""
Row = Mapping[str, str]


def write_list(ledger: Ledger, folder: Path) -> None:
    """A list as FBL3N saves it: a title, German headings, the sum at the end."""
    heads = (
        "BuKr", "Jahr", "Belegnummer", "Pos", "Buchungsdatum", "Belegdatum", "Konto", "S/H", "Betr. in HW", "Hauswährung", "Zuordnung", "Referenz", "Text",
        *FIELDS["sap_list"].values(),
    )  # fmt: skip
    for day, rows in _days(ledger):
        lines = [
            (r["company_id"], r["posting_date"][:4], r["document_id"], r["line_id"], _day(r["posting_date"]), _day(r["document_date"]), r["account"], _side(r),
             _number(r["amount"]), r["currency"], r.get("event_id", ""), r.get("batch_id", ""), r.get("text", ""), *_ours(r, FIELDS["sap_list"]))
            for r in rows
        ]  # fmt: skip
        total = _number(str(sum((Decimal(r["amount"]) for r in rows), Decimal(0))))
        ending = ["*", *[""] * 7, total, *[""] * (len(heads) - 9)]
        _write(folder / f"line_{day}.csv", [["Einzelpostenliste Sachkonten", *[""] * (len(heads) - 1)], heads, *lines, ending])


def write_tables(ledger: Ledger, folder: Path) -> None:
    """Headers, lines and the tax lines' bases."""
    bseg = ("BUKRS", "BELNR", "GJAHR", "BUZEI", "HKONT", "SHKZG", "DMBTR", "WRBTR", "MWSKZ", "BUZID", "ZUONR", "SGTXT", *FIELDS["sap_tables"].values())
    for day, rows in _days(ledger):
        heads = {
            (r["company_id"], r["document_id"]): (
                *_key(r), "SA", _day(r["document_date"]), _day(r["posting_date"]), r["posting_date"][5:7], "", "", "", r["currency"], r["currency"],
                "2" if r.get("is_reversal") == "true" else "",
            )
            for r in rows
        }  # fmt: skip
        columns = ("BUKRS", "BELNR", "GJAHR", "BLART", "BLDAT", "BUDAT", "MONAT", "XBLNR", "STBLG", "STJAH", "WAERS", "HWAER", "XREVERSAL")
        _write(folder / f"bkpf_{day}.csv", [columns, *heads.values()])
        lines = [
            (*_key(r), r["line_id"], r["account"], _side(r), _number(r["amount"].lstrip("-")), _number(r["amount"].lstrip("-")), r.get("tax_code", ""),
             "T" if r.get("is_tax_line") == "true" else "", r.get("event_id", ""), r.get("text", ""), *_ours(r, FIELDS["sap_tables"]))
            for r in rows
        ]  # fmt: skip
        _write(folder / f"bseg_{day}.csv", [bseg, *lines])


def write_acdoca(ledger: Ledger, folder: Path) -> None:
    """The universal journal: signed amounts, one row a ledger."""
    columns = (
        "RLDNR", "RBUKRS", "GJAHR", "BELNR", "DOCLN", "RACCT", "DRCRK", "HSL", "RHCUR", "POPER", "BUDAT", "BLDAT", "ZUONR", "SGTXT", "MWSKZ", "XREVERSING",
        *FIELDS["sap_acdoca"].values(),
    )  # fmt: skip
    for day, rows in _days(ledger):
        lines = [
            (r["ledger_id"], r["company_id"], r["posting_date"][:4], r["document_id"], r["line_id"], r["account"], _side(r), _number(r["amount"]),
             r["currency"], f"0{r['posting_date'][5:7]}", _day(r["posting_date"]), _day(r["document_date"]), r.get("event_id", ""), r.get("text", ""),
             r.get("tax_code", ""), "X" if r.get("is_reversal") == "true" else "", *_ours(r, FIELDS["sap_acdoca"]))
            for r in rows
        ]  # fmt: skip
        _write(folder / f"acdoca_{day}.csv", [columns, *lines])


WRITERS: dict[str, Callable[[Ledger, Path], None]] = {"sap_list": write_list, "sap_tables": write_tables, "sap_acdoca": write_acdoca}


def _days(ledger: Ledger) -> Iterable[tuple[date, list[dict[str, str]]]]:
    days = sorted({day for day, _ in ledger.lines})
    return [(day, ledger.of(day, day)) for day in days]


def _key(row: Row) -> tuple[str, str, str]:
    return row["company_id"], row["document_id"], row["posting_date"][:4]


def _side(row: Row) -> str:
    return "H" if row["amount"].startswith("-") else "S"


def _ours(row: Row, fields: Mapping[str, str]) -> list[str]:
    """Our columns, those with numbers in the user's format."""
    return [_number(row[c]) if c in ("points", "tax_base") and row.get(c) else row.get(c, "") for c in fields]


def _number(text: str) -> str:
    """
    >>> _number("-1234.5"), _number("0.3990")
    ('1.234,50-', '0,399')
    """
    unsigned = number_text(text.lstrip("-"))
    whole, _, places = unsigned.partition(".")
    return f"{int(whole):,}".replace(",", ".") + f",{places}" + ("-" if text.startswith("-") else "")


def _day(iso: str) -> str:
    return ".".join(reversed(iso.split("-")))


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=GERMAN["delimiter"], lineterminator="\r\n").writerows(rows)
    path.write_bytes(buffer.getvalue().encode(GERMAN["encoding"]))
