-- purpose: Lines of Oracle's general ledger as posted lines: debit less credit, accounted in the ledger's currency, entered in the journal's.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per journal line; a line with neither debit nor credit has no amount and stops the reading, and so does one posted on a day that was not asked for.
with typed as (
    select *, exact(accounted_dr) as debit, exact(accounted_cr) as credit, exact(entered_dr) as entered_debit, exact(entered_cr) as entered_credit
    from line_record
)
select case s_ledger_key when 'name' then ledger_name else ledger_id end as ledger_id,
    case s_company_key when 'segment' then company else ledger_id end as company_id,
    case s_document_key when 'name' then journal_name else je_header_id end as document_id, je_line_num as line_id, journal_name as document_no,
    je_category as document_type, period_year as fiscal_year, coalesce(period_num, period_name) as fiscal_period, iso_day(effective_date) as posting_date, account,
    case when coalesce(debit, 0) <> 0 and coalesce(credit, 0) = 0 then 'D' when coalesce(credit, 0) <> 0 and coalesce(debit, 0) = 0 then 'C' end as side,
    (coalesce(debit, 0) < 0 or coalesce(credit, 0) < 0) as is_storno,
    case when debit is null and credit is null then error('a line has neither debit nor credit in the currency of its ledger')
        else coalesce(debit, 0) - coalesce(credit, 0) end as amount_local, ledger_currency as currency_local,
    case when entered_debit is null and entered_credit is null then null else coalesce(entered_debit, 0) - coalesce(entered_credit, 0) end as amount_document,
    case when entered_debit is not null or entered_credit is not null then currency_code end as currency_document,
    concat_ws('|', accounted_dr, accounted_cr, entered_dr, entered_cr) as raw_amount_text, reversed_je_header_id is not null as is_reversal,
    accrual_rev_je_header_id is not null as is_reversed,
    case s_document_key when 'name' then reversed_name else reversed_je_header_id end as reverses_document_id, tax_code, flag(tax_line_flag) as is_tax_line,
    case when asked_day(posted_date, slice) is null then error('a line has no day of posting')
        when status = 'P' and actual_flag = 'A' then 'posted' else error('a record is no posted actual: the query was changed, or its end is cut off') end as status,
    description as text, posted_date as changed_at, x_programme_id as programme_id, x_member_id as member_id, x_event_id as event_id, x_batch_id as batch_id,
    x_order_id as order_id, exact(x_points) as points, x_tax_jurisdiction as tax_jurisdiction, exact(x_tax_base) as tax_base
from typed, setting
