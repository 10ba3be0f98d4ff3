-- purpose: cumulative drift: differences that no break explains, or only events within tolerance (AM-03), and that creep one way although every day is green (BL-04)
-- reads: control_account_row, control_account_explained, prior_break
-- writes: control_account_drift
-- parameters: $as_of_date
-- invariant: one row per account; it drifts when its last 12 changes all have one sign, or when changes of one sign pile up beyond half the tolerance
with days as (
    select distinct business_date as on_day from prior_break where business_date >= $as_of_date - 60
    union
    select $as_of_date
),
whole as (
    select business_key, currency, business_date as on_day, difference_amount as amount
    from prior_break
    where pair = 'control_account' and code in ('AM-02', 'BL-03', 'BL-04', 'AM-03') and status <> 'closed' and business_date >= $as_of_date - 60
    union all
    select business_key, currency, $as_of_date, left_amount - right_amount from control_account_row
),
unexplained as (
    -- what is within tolerance is listed, and yet drift: it is what a daily test can never see
    select r.business_key, r.currency, d.on_day, coalesce(w.amount, 0) - coalesce(e.net_amount - e.within_amount, 0) as amount
    from control_account_row as r
    cross join days as d
    left join whole as w on w.business_key = r.business_key and w.currency = r.currency and w.on_day = d.on_day
    left join control_account_explained as e on e.business_key = r.business_key and e.currency = r.currency and e.on_day = d.on_day
),
changed as (
    select *, amount - lag(amount) over (partition by business_key, currency order by on_day) as change from unexplained
),
limited as (
    -- one change counts for no more than an eighth of the tolerance, so that a single difference is no drift; a sixty-fourth is chance
    select
        c.*, units12(r.tolerance) * units4(abs(r.left_amount)) as tolerance_units,
        units4(abs(coalesce(c.change, 0))) * 1000000000000::hugeint as change_units
    from changed as c
    join control_account_row as r on r.business_key = c.business_key and r.currency = c.currency
),
stepped as (
    select
        business_key, currency, on_day, change, tolerance_units,
        coalesce(sign(change), 0)::hugeint * least(change_units, tolerance_units // 8) - tolerance_units // 64 as up_units,
        -coalesce(sign(change), 0)::hugeint * least(change_units, tolerance_units // 8) - tolerance_units // 64 as down_units
    from limited
),
piled as (
    select
        *, sum(up_units) over so_far as up_sum, sum(down_units) over so_far as down_sum
    from stepped
    window so_far as (partition by business_key, currency order by on_day)
),
cusum as (
    -- one-sided sums that never fall below zero: the sum so far less its lowest point
    select
        business_key, currency, any_value(tolerance_units) as tolerance_units,
        arg_max(up_sum, on_day) - least(min(up_sum), 0) as up_cusum, arg_max(down_sum, on_day) - least(min(down_sum), 0) as down_cusum
    from piled
    group by business_key, currency
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
        (s.change_count = 12 and s.one_sided_count = 12) or (2 * greatest(c.up_cusum, c.down_cusum) > c.tolerance_units and c.tolerance_units > 0), false
    ) as is_drifting
from control_account_row as r
left join summed as s on s.business_key = r.business_key and s.currency = r.currency
left join cusum as c on c.business_key = r.business_key and c.currency = r.currency
