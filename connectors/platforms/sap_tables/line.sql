-- purpose: BSEG lines with their BKPF headers and BSET tax bases as posted lines: S debit, H credit, stored amounts brought to the currency's own decimals.
-- reads: bkpf_record, line_record, bset_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per BSEG line; a line without header stops the reading.
with factor as (
    select unnest(string_split(s_no_decimals, ',')) as currency, 100::decimal(7, 4) as times from setting
    union all
    select unnest(string_split(s_three_decimals, ',')), 0.1::decimal(7, 4) from setting
), base as (
    select "BUKRS", "BELNR", "GJAHR", "MWSKZ", "HKONT", sum(number("HWBAS")) as tax_base, sum(number("HWSTE")) as tax from bset_record group by all
), joined as (
    select b.*, k."BLART", k."BLDAT", k."BUDAT", k."MONAT", k."XBLNR", k."STBLG", k."STJAH", k."WAERS", k."HWAER", k."XREVERSAL",
        k."BELNR" is not null as has_header,
        coalesce(l.times, 1) as local_times, coalesce(d.times, 1) as document_times, coalesce(g.times, 1) as group_times,
        t.tax_base, t."BELNR" is not null as has_base
    from line_record as b
    left join bkpf_record as k on k."BUKRS" = b."BUKRS" and k."BELNR" = b."BELNR" and k."GJAHR" = b."GJAHR"
    left join factor as l on l.currency = k."HWAER"
    left join factor as d on d.currency = k."WAERS"
    left join factor as g on g.currency = b."HWAE2"
    left join base as t on t."BUKRS" = b."BUKRS" and t."BELNR" = b."BELNR" and t."GJAHR" = b."GJAHR" and t."MWSKZ" = b."MWSKZ" and t."HKONT" = b."HKONT"
)
select s_ledger_id as ledger_id, "BUKRS" as company_id, case s_document_key when 'number' then "BELNR" else "BELNR" || '-' || "GJAHR" end as document_id,
    "BUZEI" as line_id, "BELNR" as document_no, "BLART" as document_type, filled("XBLNR") as external_ref, "GJAHR" as fiscal_year, "MONAT" as fiscal_period,
    case when has_header then day("BUDAT") else error('a BSEG line has no BKPF header: one of the two exports is not complete') end as posting_date,
    day("BLDAT") as document_date,
    case when s_account_width <> '0' and regexp_full_match("HKONT", '\d+') and length("HKONT") < cast(s_account_width as integer)
        then error('an account has lost its leading zeros: export the column as text') else "HKONT" end as account,
    case "SHKZG" when 'S' then 'D' when 'H' then 'C' else error('SHKZG is neither S nor H') end as side,
    case "SHKZG" when 'H' then -number("DMBTR") else number("DMBTR") end * local_times as amount_local, "HWAER" as currency_local,
    case "SHKZG" when 'H' then -number("WRBTR") else number("WRBTR") end * document_times as amount_document, "WAERS" as currency_document,
    case when filled("HWAE2") is not null then case "SHKZG" when 'H' then -number("DMBE2") else number("DMBE2") end * group_times end as amount_group,
    filled("HWAE2") as currency_group, concat_ws('|', "SHKZG", "DMBTR", "WRBTR", "DMBE2") as raw_amount_text, flag("XNEGP") as is_storno,
    case when "XREVERSAL" = '2' then true when "XREVERSAL" = '1' then false end as is_reversal,
    case when "XREVERSAL" = '1' then true when "XREVERSAL" = '2' then false end as is_reversed,
    case when "XREVERSAL" = '2' then "STBLG" || case s_document_key when 'number' then '' else '-' || "STJAH" end end as reverses_document_id,
    filled("AUGBL") as clearing_document_id, day("AUGDT") as cleared_on, filled("MWSKZ") as tax_code,
    coalesce(x_tax_jurisdiction, filled("TXJCD")) as tax_jurisdiction, (coalesce("BUZID", '') = 'T' or has_base) as is_tax_line,
    coalesce(tax_base * local_times, number(x_tax_base)) as tax_base, filled("KOSTL") as cost_center, filled("SGTXT") as text,
    x_programme_id as programme_id, x_member_id as member_id, x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id, number(x_points) as points
from joined, setting
