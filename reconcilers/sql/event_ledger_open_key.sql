-- purpose: business keys of this pair that were open at the last close; they are looked at again
-- reads: prior_break
-- writes: event_ledger_open_key
-- parameters: none
-- invariant: distinct keys
with last_close as (select max(business_date) as on_day from prior_break)
select distinct b.business_key
from prior_break as b
join last_close as c on c.on_day = b.business_date
where b.pair = 'event_ledger' and b.status <> 'closed'
