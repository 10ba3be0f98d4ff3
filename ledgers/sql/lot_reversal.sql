-- purpose: units given back today, and when: before today's takings, or right after the group of an original that enters today
-- reads: lot_event
-- writes: lot_reversal
-- parameters: none
-- invariant: one row per event of group 2
select r.event_no, r.event_id, r.programme_id, r.global_id, r.points as units, r.reverses_event_id, coalesce(o.group_no, 2) as after_group,
    r.effective_date, r.expires_on
from lot_event r
left join lot_event o
    on o.event_id = r.reverses_event_id and o.programme_id = r.programme_id and o.global_id = r.global_id and o.points < 0
where r.group_no = 2
