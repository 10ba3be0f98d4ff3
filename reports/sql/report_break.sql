-- purpose: Today's break register as a reader wants it: what is new, what came back, how old, what weighs most (money x age).
-- reads: break, prior_break
-- writes: report_break
-- parameters: $as_of_date
-- invariant: one row for each row of break; reading_rank is 1..n without ties.
with last_close as (
    select max(business_date) as business_date from prior_break where business_date < $as_of_date
),
open_before as (
    select distinct earlier.break_id
    from prior_break as earlier
    join last_close on earlier.business_date = last_close.business_date
    where earlier.status <> 'closed'
),
judged as (
    select
        today.* exclude (business_date),
        case when today.status = 'closed' then 'closed' when today.status = 'expected' then 'expected' else 'open' end as state,
        today.first_seen = $as_of_date as is_new,
        today.first_seen < $as_of_date and open_before.break_id is null and today.status <> 'closed' as is_reopened,
        coalesce(today.blocks_signoff, false) and today.status not in ('closed', 'expected', 'approved', 'accepted', 'suppressed') as is_blocking,
        coalesce(today.age_days, 0) as age,
        abs(coalesce(today.difference_amount, 0)) as gross_amount,
        abs(coalesce(today.difference_points, 0)) as gross_points
    from "break" as today
    left join open_before on open_before.break_id = today.break_id
)
select
    *,
    case
        when age <= 1 then '0-1' when age <= 7 then '2-7' when age <= 30 then '8-30' when age <= 60 then '31-60'
        when age <= 90 then '61-90' when age <= 180 then '91-180' else '>180'
    end as age_bucket,
    row_number() over (
        order by
            state = 'open' desc, is_new desc, units4(least(gross_amount, 100000000000000000000)) * (age + 1) desc, gross_amount desc,
            units4(least(gross_points, 100000000000000000000)) * (age + 1) desc, is_blocking desc, code, break_id
    ) as reading_rank
from judged
