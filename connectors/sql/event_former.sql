-- purpose: the points a merged member brings along: which transfers out of today, within one person by now, take from whom the giving member was before
-- reads: entered_loyalty_event, loyalty_event, identity_known
-- writes: event_former
-- parameters: none
-- invariant: one row per such transfer; the person before holds its units, so that what a merge has moved already is not moved again
with given as (
    select o.event_id, o.programme_id, o.points, f.global_id, f.valid_from, f.valid_to
    from entered_loyalty_event as o
    -- an identity may be overtaken without having been ended
    join identity_known as f
        on f.source_id = o.source and f.member_id = o.member_id and f.global_id <> o.global_id and coalesce(f.valid_from, o.effective_date) <= o.effective_date
    semi join (
        select transfer_id, programme_id, global_id from entered_loyalty_event where kind = 'transfer_in'
        union all
        select transfer_id, programme_id, global_id from loyalty_event where kind = 'transfer_in'
    ) as i on i.transfer_id = o.transfer_id and i.programme_id = o.programme_id and i.global_id = o.global_id
    where o.kind = 'transfer_out'
),
held as (
    select e.programme_id, e.global_id, sum(e.points) as points
    from loyalty_event as e
    semi join given as g on g.programme_id = e.programme_id and g.global_id = e.global_id
    group by e.programme_id, e.global_id
)
select g.event_id, g.global_id
from given as g
join held as h on h.programme_id = g.programme_id and h.global_id = g.global_id and h.points + g.points >= 0
qualify row_number() over (partition by g.event_id order by g.valid_from desc nulls last, g.valid_to desc nulls last, g.global_id) = 1
