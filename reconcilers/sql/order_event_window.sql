-- purpose: first day whose arrivals are judged again: the posting window, and every day since payments and loyalty events last arrived together
-- reads: programme, loyalty_event, payment
-- writes: order_event_window
-- parameters: $as_of_date, $everything
-- invariant: exactly one row
with loyalty_day as (select distinct business_date from loyalty_event where business_date < $as_of_date),
payment_day as (select distinct business_date from payment where business_date < $as_of_date),
last_judged as (
    select coalesce(max(e.business_date), date '0001-01-01') as on_day from loyalty_day as e join payment_day as p on p.business_date = e.business_date
),
lag_days as (select longest_span(coalesce(max(posting_days), 0)) as longest from programme)
select case when $everything then date '0001-01-01' else least(j.on_day, $as_of_date - (g.longest + 1)::integer) end as first_day
from last_judged as j cross join lag_days as g
