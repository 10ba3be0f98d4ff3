-- purpose: how much of each control account's difference the listed differences of single events explain, today and on the days before
-- reads: control_account_row, event_ledger_finding, prior_break
-- writes: control_account_explained
-- parameters: $as_of_date
-- invariant: one row per account and day with listed differences; looks back 60 days
with listed as (
    select
        $as_of_date as on_day, code, programme_id, currency, coalesce(right_ref, '') as right_ref, coalesce(left_amount, 0) as left_amount,
        coalesce(left_amount, 0) - coalesce(right_amount, 0) as difference_amount
    from event_ledger_finding
    union all
    select
        business_date, code, programme_id, currency, coalesce(right_ref, ''), coalesce(left_amount, 0), coalesce(difference_amount, 0)
    from prior_break
    where pair = 'event_ledger' and status <> 'closed' and business_date >= $as_of_date - 60
),
on_account as (
    -- CL-01: the money is in the books, but on another account
    select
        on_day, programme_id, currency, right_ref, case when code = 'CL-01' then left_amount else difference_amount end as amount,
        right_ref = '' or code = 'CL-01' as is_absent
    from listed
)
select r.business_key, r.currency, l.on_day, sum(l.amount) as net_amount
from control_account_row as r
join on_account as l on l.currency = r.currency
    and (list_contains(string_split(r.covers, ';'), l.programme_id) or (l.programme_id is null and not l.is_absent))
    and (l.is_absent or starts_with(l.right_ref, r.ledger_id || '/' || r.company_id || '/'))
group by r.business_key, r.currency, l.on_day
