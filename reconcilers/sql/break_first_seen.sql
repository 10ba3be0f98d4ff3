-- purpose: the first business date each of today's breaks was ever open
-- reads: break_current, prior_break
-- writes: break_first_seen
-- parameters: $as_of_date
-- invariant: kept on reopening; today where the break is new
select c.break_id, coalesce(min(p.first_seen), $as_of_date) as first_seen
from break_current as c
left join prior_break as p on p.break_id = c.break_id
group by c.break_id
