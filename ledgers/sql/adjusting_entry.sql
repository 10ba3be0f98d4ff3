-- purpose: proposed adjusting entries, two lines each: the liability account and its counter account
-- reads: adjusting_proposal, journal_account, tie_out
-- writes: adjusting_entry
-- parameters: $posting_date
-- invariant: debit, credit >= 0, one of them 0; every entry balances; the idempotency key is the same every day the same difference stands
with
sided as (
    select p.*, 1 as line_no, -p.owed_points as points, coalesce(t.account, l.account, 'unassigned:liability') as account, -p.amount as signed
    from adjusting_proposal p
    left join journal_account l on l.programme_id = p.programme_id and l.role = 'liability'
    left join tie_out t on p.reason_code = 'UNEXPLAINED' and concat_ws('/', t.ledger_id, t.company_id, t.account, t.programme_id) = p.business_key
        and t.currency = p.currency
    union all
    select p.*, 2, null, coalesce(nullif(case when p.role = 'elsewhere' then p.elsewhere_account end, ''), c.account, 'unassigned:' || p.role), p.amount
    from adjusting_proposal p
    left join journal_account c on c.programme_id = split_part(p.programme_id, ';', 1) and c.role = case when p.role = 'elsewhere' then 'suspense' else p.role end
)
select entry_id, line_no, reason_code, break_id, business_key, programme_id, company_id, ledger_id, $posting_date as posting_date, effective_date, account,
       greatest(signed, 0) as debit, greatest(-signed, 0) as credit, currency, event_id, member_id, points, reverses_document_id, entry_id as idempotency_key, 'proposed' as status, text
from sided
