-- purpose: NetSuite accounting lines as posted lines: one per transaction, line and book; debit and credit are of the book's currency.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per record; a line with neither debit nor credit carries zero only if the system wrote zero.
select coalesce(bookname, s_ledger_id) as ledger_id, subsidiary as company_id, case s_document_key when 'tranid' then tranid else transaction end as document_id, transactionline as line_id, tranid as document_no,
    type as document_type, externalid as external_ref, left(trandate, 4) as fiscal_year, period as fiscal_period, iso_day(trandate) as posting_date, account,
    accountname as account_name, case when exact(debit) <> 0 then 'D' when exact(credit) <> 0 then 'C' end as side,
    case when exact(debit) is null and exact(credit) is null then null else coalesce(exact(debit), 0) - coalesce(exact(credit), 0) end as amount_local,
    currency as currency_local, case when foreigncurrency <> currency then exact(foreignamount) end as amount_document,
    case when foreigncurrency <> currency then foreigncurrency end as currency_document, concat_ws('|', debit, credit, foreignamount) as raw_amount_text,
    (coalesce(exact(debit), 0) < 0 or coalesce(exact(credit), 0) < 0) as is_storno,
    reversal is not null as is_reversal, reversal as reverses_document_id, flag(taxline) as is_tax_line, memo as text, lastmodified as changed_at,
    x_programme_id as programme_id, x_member_id as member_id, x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id,
    exact(x_points) as points, x_tax_jurisdiction as tax_jurisdiction, exact(x_tax_base) as tax_base
from line_record, setting
