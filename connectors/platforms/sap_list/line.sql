-- purpose: Lines of an SAP list as posted lines. An amount without own sign takes it from the debit/credit indicator; one with a sign must agree with it.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per line of the list.
with typed as (
    select *, number("Amount in local currency") as local_amount, number("Amount in doc. curr.") as document_amount,
        upper(filled("Debit Credit")) in ('H', 'C', 'CR') as is_credit, filled("Debit Credit") is not null as has_side
    from line_record
), signed as (
    select *, not exists (select 1 from typed where local_amount < 0) and has_side as is_unsigned from typed
)
select s_ledger_id as ledger_id, "Company Code" as company_id, case s_document_key when 'number' then "Document Number" else "Document Number" || '-' || "Fiscal Year" end as document_id, "Line item" as line_id,
    "Document Number" as document_no, "Document Type" as document_type, "Fiscal Year" as fiscal_year, "Posting period" as fiscal_period,
    day("Posting Date") as posting_date, day("Document Date") as document_date,
    case when s_account_width <> '0' and regexp_full_match("Account", '\d+') and length("Account") < cast(s_account_width as integer)
        then error('an account has lost its leading zeros: export the column as text') else "Account" end as account,
    case when has_side then case when is_credit then 'C' else 'D' end end as side,
    case when is_unsigned and is_credit then -local_amount else local_amount end as amount_local, "Local Currency" as currency_local,
    case when is_unsigned and is_credit then -document_amount else document_amount end as amount_document,
    case when document_amount is not null then "Document currency" end as currency_document, "Amount in local currency" as raw_amount_text,
    filled("Tax code") as tax_code, filled("Clearing Document") as clearing_document_id, day("Clearing") as cleared_on, filled("Text") as text,
    x_programme_id as programme_id, x_member_id as member_id, x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id,
    number(x_points) as points, x_tax_jurisdiction as tax_jurisdiction, number(x_tax_base) as tax_base,
    flag(x_is_tax_line) as is_tax_line
from signed, setting
