-- purpose: When open points run out: the expiry ladder of the open lots by programme.
-- reads: lot
-- writes: report_ladder
-- parameters: $as_of_date
-- invariant: the steps add up to the open points of lot.
with year_end as (
    -- twelve months, not 365 days: the split of current and non-current stands here, and a month end stays one in a leap year
    select case when $as_of_date = last_day($as_of_date) then last_day(($as_of_date + to_months(12))::date) else ($as_of_date + to_months(12))::date end as day
),
stepped as (
    select
        programme_id, currency, remaining_points, remaining_amount,
        case
            when expires_on is null then 8
            when expires_on < $as_of_date then 1
            when expires_on <= $as_of_date + 7 then 2
            when expires_on <= $as_of_date + 30 then 3
            when expires_on <= $as_of_date + 90 then 4
            when expires_on <= $as_of_date + 180 then 5
            when expires_on <= (select day from year_end) then 6
            else 7
        end as step_no
    from lot
)
select
    programme_id, currency, step_no,
    ['past the last day', 'next 7 days', '8 to 30 days', '31 to 90 days', '91 to 180 days', '181 days to 12 months', 'after 12 months', 'never'][step_no] as step,
    count(*) as lot_count,
    sum(remaining_points)::decimal(38, 4) as open_points,
    sum(remaining_amount)::decimal(38, 4) as remaining_amount
from stepped
group by programme_id, currency, step_no
order by programme_id, currency, step_no
