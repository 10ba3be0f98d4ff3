-- purpose: How many breaks stood open at each of the last 90 closes, today included.
-- reads: prior_break, report_break
-- writes: report_break_trend
-- parameters: $as_of_date
-- invariant: one row a day, the last one is today.
with earlier as (
    select
        business_date,
        count(*) filter (where status not in ('closed', 'expected')) as open_count,
        count(*) filter (where status not in ('closed', 'expected', 'approved', 'accepted', 'suppressed') and blocks_signoff) as blocking_count
    from prior_break
    where business_date < $as_of_date and business_date >= $as_of_date - 90
    group by business_date
),
today as (
    select
        $as_of_date::date as business_date,
        count(*) filter (where state = 'open') as open_count,
        count(*) filter (where is_blocking) as blocking_count
    from report_break
)
select * from earlier
union all
select * from today
order by business_date
