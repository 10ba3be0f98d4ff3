-- purpose: Journal lines in FBDI shape as posted lines: a journal is its name within ledger and batch; debit less credit, entered and accounted.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per line; a line's number counts within its journal by content, as the shape has none.
with typed as (
    select *, exact(entered_dr) as entered_debit, exact(entered_cr) as entered_credit, exact(accounted_dr) as debit, exact(accounted_cr) as credit,
        [segment1, segment2, segment3, segment4, segment5, segment6, segment7, segment8, segment9, segment10, segment11, segment12, segment13, segment14, segment15,
            segment16, segment17, segment18, segment19, segment20, segment21, segment22, segment23, segment24, segment25, segment26, segment27, segment28,
            segment29, segment30] as segments
    from line_record, setting
    where case actual_flag when 'A' then currency_code <> 'STAT' when 'B' then false when 'E' then false else error('a line says not whether it is an actual') end
), summed as (
    select *,
        case when entered_debit is null and entered_credit is null then error('a line has neither an entered debit nor an entered credit')
            else coalesce(entered_debit, 0) - coalesce(entered_credit, 0) end as entered,
        case when debit is not null or credit is not null then coalesce(debit, 0) - coalesce(credit, 0)
            when currency_code = s_currency then coalesce(entered_debit, 0) - coalesce(entered_credit, 0)
            when s_basis <> 'document' then error('a line in another currency has no accounted amount: basis = "document", or read what was posted') end as accounted
    from typed
)
select ledger_id, case s_company_key when 'segment' then segments[cast(s_company_segment as integer)] else ledger_id end as company_id,
    case when filled(journal_name) is null then error('a line has no journal name') else concat_ws(' ', filled(batch_name), journal_name) end as document_id,
    cast(row_number() over (
        partition by ledger_id, batch_name, journal_name
        order by segments, entered, accounted nulls first, reference_21 nulls first, line_description nulls first, x_points nulls first
    ) as varchar) as line_id,
    journal_name as document_no, category as document_type, left(accounting_date, 4) as fiscal_year, iso_day(replace(accounting_date, '/', '-')) as posting_date,
    segments[cast(s_account_segment as integer)] as account, case when entered > 0 then 'D' when entered < 0 then 'C' end as side, accounted as amount_local,
    case when accounted is not null then s_currency end as currency_local, entered as amount_document, currency_code as currency_document,
    concat_ws('|', entered_dr, entered_cr, accounted_dr, accounted_cr) as raw_amount_text, flag(reversal_flag) as is_reversal,
    case when status = s_posted then 'posted' else 'unposted' end as status, line_description as text, x_programme_id as programme_id,
    x_member_id as member_id, x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id, exact(x_points) as points,
    x_tax_jurisdiction as tax_jurisdiction, exact(x_tax_base) as tax_base, flag(x_is_tax_line) as is_tax_line
from summed
