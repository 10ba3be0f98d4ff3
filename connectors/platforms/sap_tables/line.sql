-- purpose: BSEG lines with their BKPF headers and BSET tax bases as posted lines: S debit, H credit, stored amounts brought to the currency's own decimals.
-- reads: bkpf_record, line_record, bset_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per BSEG line; a line without header and a header without lines stop the reading.
with factor as (
    select unnest(string_split(s_no_decimals, ',')) as currency, 100::decimal(7, 4) as times from setting where s_amounts = 'stored'
    union all
    select unnest(string_split(s_three_decimals, ',')), 0.1::decimal(7, 4) from setting where s_amounts = 'stored'
), jurisdiction as (
    select "BUKRS", "BELNR", "GJAHR", "MWSKZ", "HKONT", filled("TXJCD") as jurisdiction, sum(number("HWBAS")) as tax_base from bset_record group by all
), base as ( -- every level of a jurisdiction repeats the base: they are not added up, and where they differ a line for all of them has none of its own
    select "BUKRS", "BELNR", "GJAHR", "MWSKZ", "HKONT", jurisdiction, tax_base, true as has_levels from jurisdiction where jurisdiction is not null
    union all
    select "BUKRS", "BELNR", "GJAHR", "MWSKZ", "HKONT", null, case when count(distinct tax_base) = 1 then min(tax_base) end, count(jurisdiction) > 0
    from jurisdiction group by all
), joined as (
    select b.*, k."BLART", k."BLDAT", k."BUDAT", k."MONAT", k."XBLNR", k."STBLG", k."STJAH", k."WAERS", k."HWAER", k."XREVERSAL",
        filled(k."BSTAT") as document_status, k."BELNR" is not null as has_header,
        coalesce(l.times, 1) as local_times, coalesce(d.times, 1) as document_times, coalesce(g.times, 1) as group_times,
        t.tax_base, t."BELNR" is not null as has_base
    from line_record as b
    left join bkpf_record as k on k."BUKRS" = b."BUKRS" and k."BELNR" = b."BELNR" and k."GJAHR" = b."GJAHR"
    left join factor as l on l.currency = k."HWAER"
    left join factor as d on d.currency = k."WAERS"
    left join factor as g on g.currency = b."HWAE2"
    left join base as t on t."BUKRS" = b."BUKRS" and t."BELNR" = b."BELNR" and t."GJAHR" = b."GJAHR" and t."MWSKZ" = b."MWSKZ" and t."HKONT" = b."HKONT"
        and t.jurisdiction is not distinct from case when t.has_levels then filled(b."TXJCD") end
), amount as (
    select file_line, local_times as times, "DMBTR" as cell from joined union all select file_line, document_times, "WRBTR" from joined
    union all select file_line, group_times, "DMBE2" from joined
), verdict as (
    select case when s_amounts not in ('stored', 'shown') then error('the setting amounts is neither stored nor shown')
        when shown is not null then error('tables store two decimals, but an amount in a currency without any has none, or one with three has them: '
            || 'amounts = "shown" if this export has the currencies'' own: line ' || cast(shown as varchar))
        when alone is not null then error('a BKPF header has no BSEG line, one of the two exports is not complete (where it is none of the kind with lines, '
            || 'export BSTAT with the headers): header line ' || cast(alone as varchar)) else '' end as verdict
    from setting, (
        select min(cast(file_line as bigint)) as shown from amount
        where is_shown(cell, times)
    ), (
        select min(cast(k.file_line as bigint)) as alone from bkpf_record as k
        anti join line_record as b on k."BUKRS" = b."BUKRS" and k."BELNR" = b."BELNR" and k."GJAHR" = b."GJAHR"
        where coalesce(filled(k."BSTAT"), 'A') in ('A', 'B')
    )
)
select s_ledger_id as ledger_id, "BUKRS" as company_id,
    padded("BELNR", s_document_width, 'a document number', 'document_width', file_line)
        || case s_document_key when 'number' then '' else '-' || "GJAHR" end as document_id,
    "BUZEI" as line_id, "BELNR" as document_no, "BLART" as document_type, filled("XBLNR") as external_ref, "GJAHR" as fiscal_year, "MONAT" as fiscal_period,
    case when has_header then day("BUDAT") else error('a BSEG line has no BKPF header, one of the two exports is not complete: line ' || file_line) end as posting_date,
    day("BLDAT") as document_date,
    padded("HKONT", s_account_width, 'an account', 'account_width', file_line) as account,
    case "SHKZG" when 'S' then 'D' when 'H' then 'C' else error('SHKZG is neither S nor H: line ' || file_line) end as side,
    case "SHKZG" when 'H' then -number("DMBTR") else number("DMBTR") end * local_times as amount_local, "HWAER" as currency_local,
    case "SHKZG" when 'H' then -number("WRBTR") else number("WRBTR") end * document_times as amount_document, "WAERS" as currency_document,
    case when filled("HWAE2") is not null then case "SHKZG" when 'H' then -number("DMBE2") else number("DMBE2") end * group_times end as amount_group,
    filled("HWAE2") as currency_group, concat_ws('|', "SHKZG", "DMBTR", "WRBTR", "DMBE2") as raw_amount_text, flag("XNEGP") as is_storno,
    case when "XREVERSAL" = '2' then true when "XREVERSAL" = '1' then false end as is_reversal,
    case when "XREVERSAL" = '1' then true when "XREVERSAL" = '2' then false end as is_reversed,
    case when "XREVERSAL" = '2' then "STBLG" || case s_document_key when 'number' then '' else '-' || "STJAH" end end as reverses_document_id,
    filled("AUGBL") as clearing_document_id, day("AUGDT") as cleared_on, filled("MWSKZ") as tax_code,
    coalesce(x_tax_jurisdiction, filled("TXJCD")) as tax_jurisdiction, (coalesce("BUZID", '') = 'T' or has_base) as is_tax_line,
    coalesce(tax_base * local_times, number(x_tax_base)) as tax_base, case when document_status in ('D', 'M', 'S', 'V', 'W', 'Z') then 'unposted' else 'posted' end as status, filled("KOSTL") as cost_center, filled("SGTXT") as text,
    x_programme_id as programme_id, x_member_id as member_id, x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id, number(x_points) as points
from joined, setting, verdict where verdict = ''
