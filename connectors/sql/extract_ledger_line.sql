-- purpose: A system's posted lines as ledger lines, in the amount and currency the source's basis names; numbers as text so that intake judges their places.
-- reads: line
-- writes: extract_ledger_line
-- parameters: $basis
-- invariant: one row per posted line; nothing is rounded; a name of ours that a system leaves blank is no name.
with chosen as (
    select * replace (
            nullif(trim(programme_id), '') as programme_id, nullif(trim(member_id), '') as member_id, nullif(trim(event_id), '') as event_id,
            nullif(trim(batch_id), '') as batch_id, nullif(trim(order_id), '') as order_id, nullif(trim(tax_code), '') as tax_code,
            nullif(trim(tax_jurisdiction), '') as tax_jurisdiction
        ),
        case $basis when 'document' then amount_document when 'group' then amount_group else amount_local end as amount,
        case $basis when 'document' then currency_document when 'group' then currency_group else currency_local end as currency
    from line where coalesce(status, 'posted') = 'posted'
)
select ledger_id, company_id, document_id, line_id, posting_date, account, rtrim(rtrim(amount::varchar, '0'), '.') as amount, currency, document_date, fiscal_year,
    fiscal_period, rtrim(rtrim(points::varchar, '0'), '.') as points, programme_id, member_id, event_id, batch_id, order_id, tax_code, tax_jurisdiction,
    rtrim(rtrim(abs(tax_base)::varchar, '0'), '.') as tax_base, case when is_tax_line then 'true' else 'false' end as is_tax_line,
    case when is_reversal then 'true' else 'false' end as is_reversal, reverses_document_id, document_type, text
from chosen
