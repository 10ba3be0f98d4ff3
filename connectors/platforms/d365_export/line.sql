-- purpose: Dynamics 365 Finance general journal account entries out of export files as posted lines; the main account is the first part of the display value.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per entry; amounts in three currencies keep their signs; a date is a day, written alone or with midnight.
with dated as (
    select *, regexp_replace("AccountingDate", '[ T](00?:00:00|12:00:00 AM)Z?$', '') as accounted_on,
        regexp_replace("DocumentDate", '[ T](00?:00:00|12:00:00 AM)Z?$', '') as documented_on
    from line_record
)
select "LedgerName" || case when filled("PostingLayer") in ('Current', '0') then '' else '-' || "PostingLayer" end as ledger_id, "DataArea" as company_id,
    case s_document_key when 'voucher' then "Voucher" else "JournalNumber" || '-' || "Voucher" end as document_id,
    "GeneralJournalAccountEntryRecId" as line_id, "Voucher" as document_no, "PostingType" as document_type, filled("DocumentNumber") as external_ref,
    left(day(accounted_on), 4) as fiscal_year, day(accounted_on) as posting_date, nullif(day(documented_on), '1900-01-01') as document_date,
    split_part("AccountDisplayValue", s_account_delimiter, 1) as account,
    case when flag("IsCredit") then 'C' when not flag("IsCredit") then 'D' end as side, flag("IsCorrection") as is_storno,
    number("AccountingCurrencyAmount") as amount_local, s_currency as currency_local, number("TransactionCurrencyAmount") as amount_document,
    "TransactionCurrencyCode" as currency_document, number("ReportingCurrencyAmount") as amount_group,
    case when filled("ReportingCurrencyAmount") is not null then s_reporting_currency end as currency_group,
    concat_ws('|', "AccountingCurrencyAmount", "TransactionCurrencyAmount") as raw_amount_text, filled("Description") as text, x_programme_id as programme_id,
    x_member_id as member_id, x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id, number(x_points) as points,
    x_tax_jurisdiction as tax_jurisdiction, number(x_tax_base) as tax_base, flag(x_is_tax_line) as is_tax_line
from dated, setting
