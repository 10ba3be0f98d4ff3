-- purpose: Rows of the GeneralLedger report as posted lines; the account is the section a row stands in, debit and credit are separate columns.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per data row of the report that is of a transaction or has an amount (a beginning balance is neither); a line's number counts within its transaction by account, amount and text, as the report gives no line id; where the memo is the event's, our own entries carry our key as document number, and their text says it.
select lower(s_ledger_id) as ledger_id, s_company_id as company_id, coalesce(filled(txn_type_id), filled(doc_num)) as document_id,
    cast(row_number() over (
        partition by coalesce(filled(txn_type_id), filled(doc_num)) order by section_id, section, debt_amt nulls first, credit_amt nulls first, memo nulls first
    ) as varchar) as line_id,
    filled(doc_num) as document_no, filled(txn_type) as document_type, asked_day(tx_date, slice) as posting_date, left(tx_date, 4) as fiscal_year,
    case when filled(section_id) is null then error('a section of the report has no account id, and its name is no key') else section_id end as account,
    filled(section) as account_name,
    case when exact(debt_amt) is not null and exact(credit_amt) is null then 'D' when exact(credit_amt) is not null and exact(debt_amt) is null then 'C' end as side,
    (coalesce(exact(debt_amt), 0) < 0 or coalesce(exact(credit_amt), 0) < 0) as is_storno,
    case when exact(debt_amt) is null and exact(credit_amt) is null then null else coalesce(exact(debt_amt), 0) - coalesce(exact(credit_amt), 0) end as amount_local,
    s_currency as currency_local, concat_ws('|', debt_amt, credit_amt) as raw_amount_text,
    case when s_event_in = 'memo' and regexp_full_match(doc_num, '[0-9a-f]{21}') then 'tieout ' || doc_num else filled(memo) end as text,
    case s_event_in when 'doc_num' then filled(doc_num) when 'memo' then filled(memo) end as event_id,
    case s_batch_in when 'doc_num' then filled(doc_num) when 'memo' then filled(memo) end as batch_id,
    case s_member_in when 'name' then filled(name) end as member_id
from line_record, setting
where filled(txn_type_id) is not null or coalesce(exact(debt_amt), 0) <> 0 or coalesce(exact(credit_amt), 0) <> 0
