-- purpose: Lines of an SAP list as posted lines. An amount without own sign takes it from the debit/credit indicator; one with a sign must agree with it; sums must add up.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per line of the list.
with typed as (
    select * exclude (file_line), cast(file_line as bigint) as line_no, number("Amount in local currency") as local_amount,
        number("Amount in doc. curr.") as document_amount,
        case when upper(filled("Debit Credit")) in ('H', 'HABEN', 'C', 'CR', 'CREDIT') then true when upper(filled("Debit Credit")) in ('S', 'SOLL', 'D', 'DR', 'DEBIT') then false
            when filled("Debit Credit") is not null and sum_level is null then error('a debit/credit indicator is none of S, H, D, C: line ' || file_line) end as is_credit
    from line_record
), signed as (
    select *, not exists (select 1 from typed where local_amount < 0 and sum_level is null)
            and exists (select 1 from typed where is_credit is not null and sum_level is null) as is_unsigned
    from typed where sum_level is null
), item as (
    select *, case when is_unsigned then case when is_credit then -1 when not is_credit then 1
            else error('a line of unsigned amounts has no debit/credit indicator: line ' || cast(line_no as varchar)) end else 1 end as times
    from signed
), stated as ( -- sums of the list itself: a sum is over the lines of its currency since the last sum of its level or a higher one
    select line_no, cast(sum_level as integer) as stars, filled("Local Currency") as currency, local_amount,
        (select coalesce(max(line_no), 0) from item where item.line_no < typed.line_no) as behind
    from typed where sum_level is not null and local_amount is not null
), leveled as (
    select * replace (case when stars > 0 then stars else row_number() over (partition by behind, currency order by line_no) end as stars) from stated
), bounded as (
    select *, (select coalesce(max(e.line_no), 0) from leveled as e where e.line_no < l.behind and e.stars >= l.stars) as begins from leveled as l
), added as (
    select b.line_no, b.local_amount, coalesce(sum(i.local_amount * i.times), 0) as amount, count(distinct i."Local Currency") as currencies, bool_or(i.is_unsigned) as is_unsigned,
        bool_or(i.line_no is not null and i.local_amount is null) as lacks_amount
    from bounded as b left join item as i on i.line_no > b.begins and i.line_no < b.line_no and (b.currency is null or i."Local Currency" = b.currency)
    group by b.line_no, b.local_amount
), verdict as (
    select case when wrong is not null then error('a sum of the list is not what its lines add up to, lines are missing or wrong: line ' || cast(wrong as varchar))
        when last_sum < last_item then error('the list has sums but does not end with one: it is cut off after line ' || cast(last_item as varchar)) else '' end as verdict
    from (select min(line_no) as wrong from added where currencies < 2 and not lacks_amount and case when is_unsigned then abs(local_amount) <> abs(amount) else local_amount <> amount end),
        (select max(line_no) as last_sum from stated), (select max(line_no) as last_item from item)
)
select s_ledger_id as ledger_id, "Company Code" as company_id, case s_document_key when 'number' then "Document Number" else "Document Number" || '-' || "Fiscal Year" end as document_id, "Line item" as line_id,
    "Document Number" as document_no, "Document Type" as document_type, "Fiscal Year" as fiscal_year, "Posting period" as fiscal_period,
    day("Posting Date") as posting_date, day("Document Date") as document_date,
    padded("Account", s_account_width, 'an account', 'account_width', cast(line_no as varchar)) as account,
    case when is_credit then 'C' when not is_credit then 'D' end as side, times * local_amount as amount_local, "Local Currency" as currency_local,
    times * document_amount as amount_document,
    case when document_amount is not null then "Document currency" end as currency_document, "Amount in local currency" as raw_amount_text,
    filled("Tax code") as tax_code, filled("Clearing Document") as clearing_document_id, day("Clearing") as cleared_on, filled("Text") as text,
    x_programme_id as programme_id, x_member_id as member_id, x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id,
    number(x_points) as points, x_tax_jurisdiction as tax_jurisdiction, number(x_tax_base) as tax_base,
    flag(x_is_tax_line) as is_tax_line
from item, setting, verdict where verdict = ''
