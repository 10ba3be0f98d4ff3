-- purpose: Journal lines of BICC extracts with their headers, accounts and ledgers as posted lines; of several versions of a row the newest counts.
-- reads: line_record, header_record, account_record, ledger_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per posted actual journal line; a line without header, account or ledger stops the reading.
with newest as (
    select * from (select distinct * exclude (slice, file_line) from line_record)
    qualify rank() over (partition by JeHeaderId, JeLineNum order by GlJeLinesLastUpdateDate desc) = 1
), header as (
    select * from (select distinct * exclude (slice, file_line) from header_record)
    qualify rank() over (partition by JeHeaderId order by GlJeHeadersLastUpdateDate desc) = 1
), account as (
    select distinct CodeCombinationCodeCombinationId as id,
        [CodeCombinationSegment1, CodeCombinationSegment2, CodeCombinationSegment3, CodeCombinationSegment4, CodeCombinationSegment5, CodeCombinationSegment6,
            CodeCombinationSegment7, CodeCombinationSegment8] as segments
    from account_record
), ledger as (
    select distinct LedgerLedgerId as id, LedgerName as name, LedgerCurrencyCode as currency from ledger_record
), joined as (
    select n.*, h.* exclude (JeHeaderId), h.JeHeaderId is not null as has_header, a.segments, l.id as ledger, l.name as ledger_name, l.currency,
        exact(n.GlJeLinesAccountedDr) as debit, exact(n.GlJeLinesAccountedCr) as credit,
        exact(n.GlJeLinesEnteredDr) as entered_debit, exact(n.GlJeLinesEnteredCr) as entered_credit
    from newest as n
    left join header as h on h.JeHeaderId = n.JeHeaderId
    left join account as a on a.id = n.GlJeLinesCodeCombinationId
    left join ledger as l on l.id = n.GlJeLinesLedgerId
    where n.GlJeLinesStatus = 'P'
)
select case s_ledger_key when 'name' then ledger_name else GlJeLinesLedgerId end as ledger_id,
    case s_company_key when 'segment' then segments[cast(s_company_segment as integer)] else GlJeLinesLedgerId end as company_id, JeHeaderId as document_id,
    JeLineNum as line_id, GlJeHeadersName as document_no, GlJeHeadersJeCategory as document_type, GlJeLinesPeriodName as fiscal_period,
    left(GlJeLinesEffectiveDate, 4) as fiscal_year, iso_day(GlJeLinesEffectiveDate) as posting_date,
    case when segments is null then error('a line names an account that is not in the extract: extract CodeCombinationExtractPVO in full')
        else segments[cast(s_account_segment as integer)] end as account,
    case when coalesce(debit, 0) <> 0 and coalesce(credit, 0) = 0 then 'D' when coalesce(credit, 0) <> 0 and coalesce(debit, 0) = 0 then 'C' end as side,
    (coalesce(debit, 0) < 0 or coalesce(credit, 0) < 0) as is_storno,
    case when debit is null and credit is null then error('a line has neither debit nor credit in the currency of its ledger')
        else coalesce(debit, 0) - coalesce(credit, 0) end as amount_local,
    case when ledger is null then error('a line names a ledger that is not in the extract: extract LedgerExtractPVO in full') else currency end as currency_local,
    case when entered_debit is null and entered_credit is null then null else coalesce(entered_debit, 0) - coalesce(entered_credit, 0) end as amount_document,
    case when entered_debit is not null or entered_credit is not null then GlJeHeadersCurrencyCode end as currency_document,
    concat_ws('|', GlJeLinesAccountedDr, GlJeLinesAccountedCr, GlJeLinesEnteredDr, GlJeLinesEnteredCr) as raw_amount_text,
    GlJeHeadersReversedJeHeaderId is not null as is_reversal, GlJeHeadersAccrualRevJeHeaderId is not null as is_reversed,
    GlJeHeadersReversedJeHeaderId as reverses_document_id, GlJeLinesTaxCode as tax_code, flag(GlJeLinesTaxLineFlag) as is_tax_line,
    GlJeLinesDescription as text, GlJeHeadersPostedDate as changed_at, x_programme_id as programme_id, x_member_id as member_id, x_event_id as event_id,
    x_batch_id as batch_id, x_order_id as order_id, exact(x_points) as points, x_tax_jurisdiction as tax_jurisdiction, exact(x_tax_base) as tax_base
from joined, setting
where case when has_header then GlJeHeadersStatus = 'P' and GlJeHeadersActualFlag = 'A' and GlJeHeadersCurrencyCode <> 'STAT'
    else error('a posted line has no header: one of the two extracts is not complete') end
