-- purpose: transfer legs that can move together: of each member the next legs of one direction, a receiving leg only after its giving legs
-- reads: lot_queue
-- writes: lot_wave_transfer
-- parameters: none
-- invariant: never empty while legs wait, because the first leg of all in order is always ready
with waiting_out as (
    select distinct programme_id, transfer_id from lot_queue where points < 0 and transfer_id is not null
),
leg as (
    select q.*, q.points < 0 as is_out, q.points < 0 or w.transfer_id is null as is_ready,
        first_value(q.points < 0) over (partition by q.programme_id, q.global_id order by q.event_no rows unbounded preceding) as first_is_out
    from lot_queue q
    left join waiting_out w on w.programme_id = q.programme_id and w.transfer_id = q.transfer_id
),
barrier as (
    select programme_id, global_id, min(event_no) as event_no
    from leg
    where is_out <> first_is_out or not is_ready
    group by programme_id, global_id
)
select l.event_no, l.event_id, l.group_no, l.member_no, l.programme_id, l.global_id, l.transfer_id, l.units, l.is_out
from leg l
left join barrier b on b.programme_id = l.programme_id and b.global_id = l.global_id
where b.event_no is null or l.event_no < b.event_no
