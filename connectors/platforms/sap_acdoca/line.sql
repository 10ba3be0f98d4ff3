-- purpose: Universal journal rows as posted lines: signed amounts brought to the currency's own decimals, ledgers kept apart, periods 0 to 16 kept.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per journal row; a reversal names the document it reverses where that is one of this table's and its year is exported.
with factor as (
    select unnest(string_split(s_no_decimals, ',')) as currency, 100::decimal(7, 4) as times from setting where s_amounts = 'stored'
    union all
    select unnest(string_split(s_three_decimals, ',')), 0.1::decimal(7, 4) from setting where s_amounts = 'stored'
), joined as (
    select r.*, coalesce(l.times, 1) as local_times, coalesce(d.times, 1) as document_times, coalesce(g.times, 1) as group_times
    from line_record as r
    left join factor as l on l.currency = r."RHCUR"
    left join factor as d on d.currency = r."RWCUR"
    left join factor as g on g.currency = r."RKCUR"
), amount as (
    select file_line, local_times as times, "HSL" as cell from joined union all select file_line, document_times, "WSL" from joined
    union all select file_line, group_times, "KSL" from joined
), verdict as (
    select case when s_amounts not in ('stored', 'shown') then error('the setting amounts is neither stored nor shown')
        when shown is not null then error('the table stores two decimals, but an amount in a currency without any has none, or one with three has them: '
            || 'amounts = "shown" if this export has the currencies'' own: line ' || cast(shown as varchar)) else '' end as verdict
    from setting, (
        select min(cast(file_line as bigint)) as shown from amount
        where is_shown(cell, times)
    )
)
select "RLDNR" as ledger_id, "RBUKRS" as company_id,
    padded("BELNR", s_document_width, 'a document number', 'document_width', file_line)
        || case s_document_key when 'number' then '' else '-' || "GJAHR" end as document_id,
    "DOCLN" as line_id, "BELNR" as document_no, "BLART" as document_type, "GJAHR" as fiscal_year, "POPER" as fiscal_period, day("BUDAT") as posting_date,
    day("BLDAT") as document_date,
    padded("RACCT", s_account_width, 'an account', 'account_width', file_line) as account,
    case "DRCRK" when 'S' then 'D' when 'H' then 'C' else case when filled("DRCRK") is not null then error('DRCRK is neither S nor H: line ' || file_line) end end as side,
    flag("XTRUEREV") as is_storno, number("HSL") * local_times as amount_local, "RHCUR" as currency_local,
    number("WSL") * document_times as amount_document, case when filled("WSL") is not null then filled("RWCUR") end as currency_document,
    number("KSL") * group_times as amount_group, case when filled("KSL") is not null then filled("RKCUR") end as currency_group,
    concat_ws('|', "HSL", "WSL", "KSL") as raw_amount_text, flag("XREVERSING") as is_reversal, flag("XREVERSED") as is_reversed,
    case when coalesce(filled("AWTYP_REV"), 'BKPF') in ('BKPF', 'BKPFF') then case s_document_key when 'number' then filled("AWREF_REV")
        else filled("AWREF_REV") || '-' || right(filled("AWORG_REV"), 4) end end as reverses_document_id, filled("MWSKZ") as tax_code, filled("SGTXT") as text, x_programme_id as programme_id,
    x_member_id as member_id, x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id, number(x_points) as points,
    x_tax_jurisdiction as tax_jurisdiction, number(x_tax_base) as tax_base, flag(x_is_tax_line) as is_tax_line
from joined, setting, verdict where verdict = ''
