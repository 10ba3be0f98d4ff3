-- purpose: first day whose arrivals are looked at again: the posting window, and every day since both sides last arrived
-- reads: programme, loyalty_event, ledger_line, posting_manifest
-- writes: event_ledger_window
-- parameters: $as_of_date, $everything
-- invariant: exactly one row
with loyalty_day as (select distinct business_date from loyalty_event where business_date < $as_of_date),
ledger_day as (
    select distinct business_date from ledger_line where business_date < $as_of_date
    union
    select distinct business_date from posting_manifest where business_date < $as_of_date
),
last_judged as (
    select coalesce(max(e.business_date), date '0001-01-01') as on_day from loyalty_day as e join ledger_day as l on l.business_date = e.business_date
),
lag_days as (select longest_span(coalesce(max(posting_days), 0)) as longest from programme)
select
    case when $everything then date '0001-01-01' else least(j.on_day, $as_of_date - (g.longest + 1)::integer) end as first_day
from last_judged as j cross join lag_days as g
