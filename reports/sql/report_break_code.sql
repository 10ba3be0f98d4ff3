-- purpose: Open breaks by code and currency: how many, net and gross, how old, who works them, what blocks the sign-off.
-- reads: report_break
-- writes: report_break_code
-- parameters: none
-- invariant: counts add up to the open rows of report_break; age buckets add up to break_count.
select
    code,
    coalesce(currency, '') as currency,
    count(*) as break_count,
    count(*) filter (where is_new) as new_count,
    count(*) filter (where is_reopened) as reopened_count,
    count(*) filter (where is_blocking) as blocking_count,
    coalesce(sum(difference_amount), 0)::decimal(38, 4) as net_amount,
    sum(gross_amount)::decimal(38, 4) as gross_amount,
    coalesce(sum(difference_points), 0)::decimal(38, 4) as net_points,
    sum(gross_points)::decimal(38, 4) as gross_points,
    min(first_seen) as oldest_first_seen,
    max(age) as oldest_age_days,
    max(coalesce(effective_age_days, age)) as oldest_effective_days,
    count(*) filter (where status in ('accepted', 'suppressed')) as decided_count,
    coalesce(sum(gross_amount) filter (where status in ('accepted', 'suppressed')), 0)::decimal(38, 4) as decided_gross,
    string_agg(distinct queue, '; ' order by queue) as queue,
    count(*) filter (where age_bucket = '0-1') as age_0_1,
    count(*) filter (where age_bucket = '2-7') as age_2_7,
    count(*) filter (where age_bucket = '8-30') as age_8_30,
    count(*) filter (where age_bucket = '31-60') as age_31_60,
    count(*) filter (where age_bucket = '61-90') as age_61_90,
    count(*) filter (where age_bucket = '91-180') as age_91_180,
    count(*) filter (where age_bucket = '>180') as age_over_180
from report_break
where state = 'open'
group by code, coalesce(currency, '')
order by code, currency
