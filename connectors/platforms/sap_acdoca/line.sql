-- purpose: Universal journal rows as posted lines: signed amounts brought to the currency's own decimals, ledgers kept apart, periods 0 to 16 kept.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per journal row.
with factor as (
    select unnest(string_split(s_no_decimals, ',')) as currency, 100::decimal(7, 4) as times from setting
    union all
    select unnest(string_split(s_three_decimals, ',')), 0.1::decimal(7, 4) from setting
)
select "RLDNR" as ledger_id, "RBUKRS" as company_id, case s_document_key when 'number' then "BELNR" else "BELNR" || '-' || "GJAHR" end as document_id,
    "DOCLN" as line_id, "BELNR" as document_no, "BLART" as document_type, "GJAHR" as fiscal_year, "POPER" as fiscal_period, day("BUDAT") as posting_date,
    day("BLDAT") as document_date,
    case when s_account_width <> '0' and regexp_full_match("RACCT", '\d+') and length("RACCT") < cast(s_account_width as integer)
        then error('an account has lost its leading zeros: export the column as text') else "RACCT" end as account,
    case "DRCRK" when 'S' then 'D' when 'H' then 'C' else case when filled("DRCRK") is not null then error('DRCRK is neither S nor H') end end as side, number("HSL") * coalesce(l.times, 1) as amount_local, "RHCUR" as currency_local,
    number("WSL") * coalesce(d.times, 1) as amount_document, case when filled("WSL") is not null then filled("RWCUR") end as currency_document,
    number("KSL") * coalesce(g.times, 1) as amount_group, case when filled("KSL") is not null then filled("RKCUR") end as currency_group,
    concat_ws('|', "HSL", "WSL", "KSL") as raw_amount_text, flag("XREVERSING") as is_reversal, flag("XREVERSED") as is_reversed,
    filled("AWREF_REV") as reverses_document_id, filled("MWSKZ") as tax_code, filled("SGTXT") as text, x_programme_id as programme_id,
    x_member_id as member_id, x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id, number(x_points) as points,
    x_tax_jurisdiction as tax_jurisdiction, number(x_tax_base) as tax_base, flag(x_is_tax_line) as is_tax_line
from line_record
cross join setting
left join factor as l on l.currency = "RHCUR"
left join factor as d on d.currency = "RWCUR"
left join factor as g on g.currency = "RKCUR"
