"""Dynamics 365 Finance's export as a stand-in writes it: a data package a day, its file with headings in capitals and the company's own columns."""

import csv
import io
import zipfile
from pathlib import Path

from tieout.standins.ledger import Ledger, number_text

FIELDS = {
    "event_id": "LOYALTYEVENT", "batch_id": "LOYALTYBATCH", "order_id": "LOYALTYORDER", "member_id": "LOYALTYMEMBER", "programme_id": "LOYALTYPROGRAMME",
    "points": "LOYALTYPOINTS", "tax_jurisdiction": "TAXJURISDICTION", "tax_base": "TAXBASE", "is_tax_line": "ISTAXLINE",
}  # fmt: skip
"""Columns the company added to its entity."""
_FIRST_RECORD = 5637144576
_HEADINGS = (
    "JOURNALNUMBER", "VOUCHER", "ACCOUNTINGDATE", "POSTINGLAYER", "ACCOUNTDISPLAYVALUE", "TRANSACTIONCURRENCYCODE", "TRANSACTIONCURRENCYAMOUNT",
    "ACCOUNTINGCURRENCYAMOUNT", "DESCRIPTION", "ISCORRECTION", "ISCREDIT", "DOCUMENTDATE", "LEDGERNAME", "DATAAREA", "GENERALJOURNALACCOUNTENTRYRECID",
)  # fmt: skip


def write_packages(ledger: Ledger, folder: Path) -> None:
    """What was entered each day, as that evening's export of changes."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = [(entered, _entry(_FIRST_RECORD + number, row)) for number, (entered, row) in enumerate(ledger.lines, start=1)]
    for day in sorted({entered for entered, _ in entries}):
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\r\n").writerows([(*_HEADINGS, *FIELDS.values()), *(cells for entered, cells in entries if entered == day)])
        with zipfile.ZipFile(folder / f"general_journal_{day}.zip", "w") as package:
            for name in ("Manifest.xml", "PackageHeader.xml"):
                package.writestr(name, f"<{name.removesuffix('.xml')}/>")
            package.writestr("General journal account entries.csv", buffer.getvalue().encode("utf-8-sig"))


def _entry(record: int, row: dict[str, str]) -> tuple[str, ...]:
    amount = number_text(row["amount"])
    return (
        "J1", row["document_id"], f"{row['posting_date']} 00:00:00", "Current", f"{row['account']}-001--", row["currency"], amount, amount, row.get("text", ""),
        "No", "Yes" if amount.startswith("-") else "No", f"{row['document_date']} 00:00:00", row["ledger_id"], row["company_id"], str(record),
        *(row.get(column, "") for column in FIELDS),
    )  # fmt: skip
