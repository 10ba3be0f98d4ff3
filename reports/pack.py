"""The report pack of one closed day: tables in, six files as bytes out. No I/O, no clock."""

from decimal import localcontext

from core.money import EXACT
from core.sql import Session
from reports.book import Book
from reports.day import load
from reports.digest import digest
from reports.discrepancies import discrepancies_book
from reports.facts import ReportFacts
from reports.ledger_export import ledger_export_book
from reports.liability import liability_book
from reports.manifest import manifest
from reports.page import page
from reports.proof import prove

FILES = ("liability.xlsx", "discrepancies.xlsx", "ledger_export.xlsx", "daily.html", "digest.txt", "manifest.json")


def render(session: Session, facts: ReportFacts) -> dict[str, bytes]:
    """The six files of the day, by name. The session holds the day's tables by the names of core/schema.py.

    Same tables and facts -> same bytes. Raises IntegrityFault if a workbook does not read back as the session's totals.
    """
    with localcontext(EXACT):
        return _render(session, facts)


def _render(session: Session, facts: ReportFacts) -> dict[str, bytes]:
    report = load(session, facts)
    files = {
        "liability.xlsx": proven("liability.xlsx", session, liability_book(session, report)),
        "discrepancies.xlsx": proven("discrepancies.xlsx", session, discrepancies_book(session, report)),
        "ledger_export.xlsx": proven("ledger_export.xlsx", session, ledger_export_book(session, report)),
        "daily.html": page(report).encode("utf-8"),
        "digest.txt": digest(report).encode("utf-8"),
    }
    files["manifest.json"] = manifest(session, report, files)
    return files


def proven(name: str, session: Session, book: Book) -> bytes:
    """A workbook's bytes after a second reader agreed with them."""
    content = book.to_bytes(session)
    prove(name, content, [s.name for s in book.sheets], book.expected)
    return content
