-- purpose: Dynamics 365 Finance general journal account entries as posted lines; the main account is the first part of the account display value.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per entry; amounts in three currencies keep their signs; the first day of 1900 is how the system writes that there is no date.
select "LedgerName" || case when filled("PostingLayer") in ('Current', '0') then '' else '-' || "PostingLayer" end as ledger_id, "DataArea" as company_id,
    case s_document_key when 'voucher' then "Voucher" else "JournalNumber" || '-' || "Voucher" end as document_id,
    "GeneralJournalAccountEntryRecId" as line_id, "Voucher" as document_no, "PostingType" as document_type, filled("DocumentNumber") as external_ref,
    left("AccountingDate", 4) as fiscal_year, asked_day("AccountingDate", slice) as posting_date,
    nullif(iso_day("DocumentDate"), '1900-01-01') as document_date,
    split_part("AccountDisplayValue", s_account_delimiter, 1) as account, case when flag("IsCredit") then 'C' when not flag("IsCredit") then 'D' end as side, flag("IsCorrection") as is_storno,
    exact("AccountingCurrencyAmount") as amount_local, s_currency as currency_local, exact("TransactionCurrencyAmount") as amount_document,
    "TransactionCurrencyCode" as currency_document, exact("ReportingCurrencyAmount") as amount_group, s_reporting_currency as currency_group,
    concat_ws('|', "AccountingCurrencyAmount", "TransactionCurrencyAmount") as raw_amount_text, filled("Description") as text, x_programme_id as programme_id, x_member_id as member_id,
    x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id, exact(x_points) as points, x_tax_jurisdiction as tax_jurisdiction, exact(x_tax_base) as tax_base,
    flag(x_is_tax_line) as is_tax_line
from line_record, setting
