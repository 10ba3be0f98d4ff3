-- purpose: the members whose lots today's events can change; nobody else's lots are read
-- reads: loyalty_event
-- writes: lot_scope
-- parameters: $as_of_date
-- invariant: one row per programme and member; member_no only stands for the two while the day is worked on
select row_number() over () as member_no, programme_id, global_id
from (select distinct programme_id, global_id from loyalty_event where business_date = $as_of_date)
