-- purpose: Journal entry lines and their tax lines as posted lines: amounts are unsigned there, PostingType tells the side; tax stands on the side that is short.
-- reads: line_record, count_record, account_record, deleted_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per line with an amount and per tax line; as many entries as the system counts.
with entry_line as (
    select l.*, exact("line_Amount") as amount, "line_JournalEntryLineDetail/PostingType" as posting, coalesce("CurrencyRef/value", s_currency) as currency,
        coalesce("CurrencyRef/value", s_currency) = s_currency as is_home, coalesce(exact("ExchangeRate"), 1) as rate, a."Id" as account_id, a."AcctNum" as number
    from line_record as l
    cross join setting
    left join account_record as a on a."Id" = l."line_JournalEntryLineDetail/AccountRef/value"
    where case "line_DetailType" when 'JournalEntryLineDetail' then true when 'DescriptionOnly' then false
        else error('a line of a journal entry is of another kind') end
), signed as (
    select *, case posting when 'Debit' then amount when 'Credit' then -amount else error('PostingType is neither Debit nor Credit') end as signed_amount
    from entry_line
), entry as (
    select "Id", any_value("TxnTaxDetail/TaxLine") as taxes, sum(signed_amount) as line_total,
        case when count(distinct x_programme_id) = 1 then any_value(x_programme_id) end as x_programme_id,
        case when count(distinct x_member_id) = 1 then any_value(x_member_id) end as x_member_id,
        case when count(distinct x_event_id) = 1 then any_value(x_event_id) end as x_event_id,
        case when count(distinct x_batch_id) = 1 then any_value(x_batch_id) end as x_batch_id,
        case when count(distinct x_order_id) = 1 then any_value(x_order_id) end as x_order_id,
        case when count(distinct x_tax_jurisdiction) = 1 then any_value(x_tax_jurisdiction) end as x_tax_jurisdiction
    from signed
    group by "Id"
), tax_line as (
    select *, unnest(from_json(taxes, '["json"]')) as tax, generate_subscripts(from_json(taxes, '["json"]'), 1) as place
    from entry
    where taxes is not null
), tax_amount as (
    select *, exact(tax ->> '$.Amount') as amount, sum(exact(tax ->> '$.Amount')) over (partition by "Id") as tax_total,
        tax ->> '$.TaxLineDetail.TaxRateRef.value' as rate_id,
        list_filter(
            list_transform(string_split(s_tax_rates, ','), lambda x: list_transform(string_split(x, '='), lambda y: trim(y))),
            lambda x: x[1] = tax ->> '$.TaxLineDetail.TaxRateRef.value'
        )[1] as known
    from tax_line, setting
), stated as (
    select (select sum(cast(exact("totalCount") as bigint)) from count_record) as entries, (select count(distinct "Id") from line_record) as found,
        (select count(*) from deleted_record) as changes, (select string_agg("Id", ', ' order by "Id") from deleted_record where status = 'Deleted') as gone
), unified as (
    select "Id", coalesce("line_Id", error('a line of a journal entry has no Id')) as line_id, signed_amount, false as is_tax_line, cast(null as decimal(38, 10)) as tax_base,
        cast(null as varchar) as tax_code,
        case when account_id is null then error('a line names an account that the query of accounts does not give')
            when s_account_key = 'number' then coalesce(number, error('an account has no number: use account_key = "id"')) else account_id end as account,
        "line_JournalEntryLineDetail/AccountRef/name" as account_name, case posting when 'Debit' then 'D' else 'C' end as side, "line_Description" as text,
        "line_Amount" as raw, x_programme_id, x_member_id, x_event_id, x_batch_id, x_order_id, x_points, x_tax_jurisdiction, exact(x_tax_base) as own_base
    from signed, setting
    union all
    select "Id", coalesce(tax ->> '$.Id', 'T' || place) as line_id,
        case when line_total = -tax_total then amount when line_total = tax_total then -amount
            else error('the tax lines of an entry do not make up what its lines lack: their sides cannot be told') end as signed_amount,
        true, exact(tax ->> '$.TaxLineDetail.NetAmountTaxable'), rate_id,
        coalesce(known[2], error('an entry has tax of a rate that tax_rates does not name an account for')), null, null, null, tax ->> '$.Amount',
        x_programme_id, x_member_id, x_event_id, x_batch_id, x_order_id, null, coalesce(nullif(known[3], ''), x_tax_jurisdiction), null
    from tax_amount
), head as (
    select distinct "Id", "DocNumber", "TxnDate", "MetaData/LastUpdatedTime" as changed, currency, is_home, rate from signed
)
select s_ledger_id as ledger_id, s_company_id as company_id,
    case s_document_key when 'doc_number' then coalesce(h."DocNumber", error('an entry has no DocNumber: use document_key = "id"')) else h."Id" end as document_id,
    line_id, h."DocNumber" as document_no, 'JournalEntry' as document_type, iso_day(h."TxnDate") as posting_date, left(h."TxnDate", 4) as fiscal_year,
    account, account_name, side,
    case when is_home then signed_amount
        when signed_amount * rate = round(signed_amount * rate, 2) then cast(signed_amount * rate as decimal(38, 10))
        when s_basis = 'document' then null
        else error('an entry in another currency does not say its amounts in the home currency: basis = "document", or read the report') end as amount_local,
    case when is_home or signed_amount * rate = round(signed_amount * rate, 2) then s_currency end as currency_local,
    signed_amount as amount_document, h.currency as currency_document, raw as raw_amount_text, is_tax_line, coalesce(tax_base, own_base) as tax_base, tax_code,
    x_tax_jurisdiction as tax_jurisdiction, text, h.changed as changed_at, x_programme_id as programme_id, x_member_id as member_id, x_event_id as event_id,
    x_batch_id as batch_id, x_order_id as order_id, exact(x_points) as points
from unified as u
join head as h on h."Id" = u."Id"
cross join setting
union all by name  -- no row, but judgements that are made even if no entry came
select cast(null as varchar) as ledger_id
from stated, setting
where case when entries <> found then error('the system counts ' || entries || ' entries and gave ' || found)
    when s_deleted = 'accept' then false
    when gone is not null then error('entries were deleted in the system (Id ' || gone || '), and what was read of them stays: reverse them there, then deleted = "accept"')
    when changes >= 1000 then error('more changes than the system tells of at once: a deleted entry may be among them; look, then deleted = "accept"')
    else false end
