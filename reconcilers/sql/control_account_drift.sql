-- purpose: cumulative drift: unexplained differences that creep one way although every day is green (BL-04)
-- reads: control_account_row, control_account_explained, prior_break
-- writes: control_account_drift
-- parameters: $as_of_date
-- invariant: one row per account; it drifts when its last 12 changes all have one sign and together exceed half the tolerance of the closing
with days as (
    select distinct business_date as on_day from prior_break where business_date >= $as_of_date - 60
    union
    select $as_of_date
),
whole as (
    select business_key, currency, business_date as on_day, difference_amount as amount
    from prior_break
    where pair = 'control_account' and code in ('AM-02', 'AM-03', 'BL-04') and status <> 'closed' and business_date >= $as_of_date - 60
    union all
    select business_key, currency, $as_of_date, left_amount - right_amount from control_account_row
),
unexplained as (
    select r.business_key, r.currency, d.on_day, coalesce(w.amount, 0) - coalesce(e.net_amount, 0) as amount
    from control_account_row as r
    cross join days as d
    left join whole as w on w.business_key = r.business_key and w.currency = r.currency and w.on_day = d.on_day
    left join control_account_explained as e on e.business_key = r.business_key and e.currency = r.currency and e.on_day = d.on_day
),
changed as (
    select *, amount - lag(amount) over (partition by business_key, currency order by on_day) as change from unexplained
),
recent as (
    -- a sign test of 12 changes: by chance 1 in 2 048
    select * from changed where change <> 0 qualify row_number() over (partition by business_key, currency order by on_day desc) <= 12
),
summed as (
    select business_key, currency, count(*) as change_count, abs(sum(sign(change))) as one_sided_count, sum(change) as drift_amount, min(on_day) as since
    from recent
    group by business_key, currency
)
select
    r.business_key, r.currency, s.drift_amount, s.since,
    coalesce(
        s.change_count = 12 and s.one_sided_count = 12 and 2 * units4(abs(s.drift_amount)) * 1000000000000::hugeint > units12(r.tolerance) * units4(abs(r.left_amount)), false
    ) as is_drifting
from control_account_row as r
left join summed as s on s.business_key = r.business_key and s.currency = r.currency
