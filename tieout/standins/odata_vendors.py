"""Canonical lines as records of the OData vendors. Dates are ISO texts in the tables and become what the vendor writes on the wire.

What belongs here: one vendor's field for each of ours. What does not: serving (`odata`).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tieout.standins.ledger import Ledger, number_text
from tieout.standins.odata import ENTERED, ODataStandIn


def double(text: str) -> float:
    """A binary double, as these vendors' numbers are on the wire; JSON writes its shortest digits."""
    return float(text)


def sap_s4hana(ledger: Ledger) -> ODataStandIn:
    """Operational journal entry items, OData V2."""
    return ODataStandIn("A_OperationalAcctgDocItemCube", [_s4(on, r) for on, r in ledger.lines], version=2, wire=_s4_wire)


def _s4(entered: date, row: Mapping[str, str]) -> dict[str, Any]:
    amount, tax = Decimal(row["amount"]), row.get("is_tax_line") == "true"
    return {
        "CompanyCode": row["company_id"], "FiscalYear": row["posting_date"][:4], "AccountingDocument": row["document_id"],
        "AccountingDocumentItem": row["line_id"], "AccountingDocumentType": "SA", "Ledger": row["ledger_id"], "GLAccount": row["account"],
        "DebitCreditCode": "S" if amount >= 0 else "H", "AmountInCompanyCodeCurrency": number_text(row["amount"]), "CompanyCodeCurrency": row["currency"],
        "AmountInTransactionCurrency": number_text(row["amount"]), "TransactionCurrency": row["currency"], "AmountInAdditionalCurrency1": "0.00",
        "AdditionalCurrency1": "", "PostingDate": row["posting_date"], "DocumentDate": row["document_date"], "FiscalPeriod": f"0{row['posting_date'][5:7]}",
        "TaxCode": row.get("tax_code", "")[:2], "TaxJurisdiction": row.get("tax_jurisdiction", ""), "TaxType": "A" if tax else "",
        "TaxBaseAmountInCoCodeCrcy": number_text(row.get("tax_base") or "0"), "TaxAmountInCoCodeCrcy": number_text(row["amount"]) if tax else "0.00",
        "DocumentReferenceID": "", "DocumentItemText": row.get("text", ""), "IsReversal": row.get("is_reversal") == "true", "IsReversed": False,
        "ReverseDocument": row.get("reverses_document_id", ""), "ReverseDocumentFiscalYear": "0000", "IsNegativePosting": False,
        "ClearingAccountingDocument": "", "ClearingDate": None, "AccountingDocumentCreationDate": entered.isoformat(), "LastChangeDate": None,
        "AssignmentReference": row.get("event_id", ""), "Reference1InDocumentHeader": row.get("batch_id", ""),
        "Reference2InDocumentHeader": row.get("order_id", ""), "Reference1IDByBusinessPartner": row.get("member_id", ""),
        "Reference3IDByBusinessPartner": row.get("programme_id", ""), "Quantity": number_text(row.get("points") or "0"),
    }  # fmt: skip


def _s4_wire(record: dict[str, Any]) -> dict[str, Any]:
    return {k: _epoch(v) if k.endswith("Date") and v else v for k, v in record.items()}


def _epoch(day: str) -> str:
    seconds = int((datetime.fromisoformat(day).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days) * 86_400
    return f"/Date({seconds}000)/"


def business_central(ledger: Ledger) -> ODataStandIn:
    """The company's own page over general ledger entries, with room for our columns."""
    records = []
    for number, (entered, row) in enumerate(ledger.lines, start=1):
        amount = Decimal(row["amount"])
        records.append(
            {
                "entryNumber": number, "postingDate": row["posting_date"], "documentNumber": row["document_id"], "documentType": "_x0020_",
                "accountNumber": row["account"], "description": row.get("text", ""), "debitAmount": double(number_text(str(max(amount, Decimal(0))))),
                "creditAmount": double(number_text(str(max(-amount, Decimal(0))))), "lastModifiedDateTime": f"{entered.isoformat()}T21:05:11.123Z",
                **{v: row.get(k, "") for k, v in BC_FIELDS.items()},
            }
        )  # fmt: skip
    return ODataStandIn("loyaltyLedgerEntries", records, version=4, wire=dict)


BC_FIELDS = {
    "event_id": "loyaltyEvent", "batch_id": "loyaltyBatch", "order_id": "loyaltyOrder", "member_id": "loyaltyMember", "programme_id": "loyaltyProgramme",
    "points": "loyaltyPoints", "tax_jurisdiction": "taxJurisdiction", "tax_base": "taxBase", "is_tax_line": "isTaxLine",
}  # fmt: skip


def sap_b1(ledger: Ledger) -> ODataStandIn:
    """Journal entries with their lines inside; amounts are doubles on the wire, written with their shortest digits."""
    entries: dict[str, dict[str, Any]] = {}
    for entered, row in ledger.lines:
        entry = entries.setdefault(
            row["document_id"],
            {
                "JdtNum": len(entries) + 1, "Number": len(entries) + 1, "ReferenceDate": row["posting_date"], "TaxDate": row["document_date"],
                "Memo": "made up", "Reference": row["document_id"], "Reference3": "", "TransactionCode": "", "OriginalJournal": "ttJournalEntry", "Original": 0,
                "StornoDate": None, "JournalEntryLines": [], ENTERED: entered.isoformat(),
            },
        )  # fmt: skip
        amount = Decimal(row["amount"])
        debit, credit = (double(number_text(str(max(a, Decimal(0))))) for a in (amount, -amount))
        entry["JournalEntryLines"].append(
            {
                "Line_ID": int(row["line_id"]), "AccountCode": row["account"], "Debit": debit, "Credit": credit, "FCDebit": double("0.0"),
                "FCCredit": double("0.0"), "FCCurrency": None, "DebitSys": debit, "CreditSys": credit, "LineMemo": row.get("text", ""),
                "TaxCode": row.get("tax_code") or None, "VatLine": "tYES" if row.get("is_tax_line") == "true" else "tNO",
                "BaseSum": double(row.get("tax_base") or "0.0"), **{v: row.get(k) or None for k, v in B1_FIELDS.items()},
            }
        )  # fmt: skip
    return ODataStandIn("JournalEntries", list(entries.values()), version=4, wire=dict, page=20, session=True)


B1_FIELDS = {
    "event_id": "U_LoyaltyEvent", "batch_id": "U_LoyaltyBatch", "order_id": "U_LoyaltyOrder", "member_id": "U_LoyaltyMember",
    "programme_id": "U_LoyaltyProgramme", "points": "U_LoyaltyPoints", "tax_jurisdiction": "U_TaxJurisdiction",
}  # fmt: skip


def d365_finance(ledger: Ledger) -> ODataStandIn:
    """The data entity over general journal account entries, with the company's own columns."""
    records = []
    for number, (entered, row) in enumerate(ledger.lines, start=1):
        amount = double(number_text(row["amount"]))
        records.append(
            {
                ENTERED: entered.isoformat(),
                "JournalNumber": "J1", "Voucher": row["document_id"], "AccountingDate": row["posting_date"], "PostingLayer": "Current",
                "AccountDisplayValue": f"{row['account']}-001--", "TransactionCurrencyCode": row["currency"], "TransactionCurrencyAmount": amount,
                "AccountingCurrencyAmount": amount, "ReportingCurrencyAmount": amount, "Description": row.get("text", ""), "Quantity": 0,
                "PostingType": "LedgerJournal", "IsCorrection": "No", "IsCredit": "Yes" if row["amount"].startswith("-") else "No",
                "DocumentDate": row["document_date"], "DocumentNumber": "", "LedgerName": row["ledger_id"], "DataArea": row["company_id"],
                "GeneralJournalAccountEntryRecId": 5637144576 + number, **{v: row.get(k, "") for k, v in BC_FIELDS.items()},
            }
        )  # fmt: skip
    stamps = ("AccountingDate", "DocumentDate")
    return ODataStandIn("GeneralJournalAccountEntries", records, version=4, wire=lambda r: r | {k: f"{r[k]}T12:00:00Z" for k in stamps})
