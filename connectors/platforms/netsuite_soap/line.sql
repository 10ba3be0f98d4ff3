-- purpose: Rows of a NetSuite transaction search as posted lines; dates are the account's local dates, never moved through UTC.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per search row; debit and credit are separate columns of the subsidiary's currency.
select s_ledger_id as ledger_id, "basic.subsidiary" as company_id, case s_document_key when 'tranid' then "basic.tranId" else "basic.internalId" end as document_id, coalesce("basic.lineUniqueKey", "basic.line") as line_id,
    "basic.tranId" as document_no, "basic.type" as document_type, "basic.externalId" as external_ref, left("basic.tranDate", 4) as fiscal_year,
    "accountingPeriodJoin.periodName" as fiscal_period, iso_day(trim("basic.tranDate")) as posting_date, "accountJoin.number" as account,
    case when exact("basic.debitAmount") <> 0 then 'D' when exact("basic.creditAmount") <> 0 then 'C' end as side,
    (coalesce(exact("basic.debitAmount"), 0) < 0 or coalesce(exact("basic.creditAmount"), 0) < 0) as is_storno,
    case when exact("basic.debitAmount") is null and exact("basic.creditAmount") is null then null
        else coalesce(exact("basic.debitAmount"), 0) - coalesce(exact("basic.creditAmount"), 0) end as amount_local,
    s_currency as currency_local, concat_ws('|', "basic.debitAmount", "basic.creditAmount") as raw_amount_text, flag("basic.isReversal") as is_reversal,
    "basic.reversalNumber" as reverses_document_id, flag("basic.taxLine") as is_tax_line, "basic.memo" as text, "basic.lastModifiedDate" as changed_at,
    x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id, x_member_id as member_id, x_programme_id as programme_id, exact(x_points) as points,
    x_tax_jurisdiction as tax_jurisdiction, exact(x_tax_base) as tax_base
from line_record, setting
