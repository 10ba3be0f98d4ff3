-- purpose: reversals give units back to the lots of their original, last taken first, at the lots' own frozen deferral
-- reads: lot_wave_reversal, lot_restorable, lot_reversal, lot_held, programme
-- writes: lot_restore
-- parameters: none
-- invariant: nothing is restored that was not taken; expires_on is empty unless the lot expired before the reversal and gets a later day
with place as (
    select *, row_number() over latest as place_no, sum(points) over latest as place_end
    from lot_restorable
    window latest as (partition by taking_event_id, programme_id, global_id order by last_taken desc, lot_id desc rows unbounded preceding)
),
boundary as (
    select taking_event_id, programme_id, global_id, place_end as position, place_no, null::bigint as event_no from place
    union all
    select reverses_event_id, programme_id, global_id, claim_end, null, event_no from lot_wave_reversal where reverses_event_id is not null
),
piece as (
    select taking_event_id, programme_id, global_id, position - lag(position, 1, 0::decimal(38, 4)) over along as points,
        first_value(place_no ignore nulls) over ahead as place_no, first_value(event_no ignore nulls) over ahead as event_no
    from boundary
    window along as (partition by taking_event_id, programme_id, global_id order by position, place_no nulls last, event_no nulls last),
        ahead as (
            partition by taking_event_id, programme_id, global_id order by position, place_no nulls last, event_no nulls last
            rows between current row and unbounded following
        )
)
select w.event_no, p.place_no as part_no, 0::bigint as row_no, 2 as group_no, w.event_id, l.taking_event_id, l.taking_kind, h.held_no,
    p.points::decimal(18, 4) as points,
    case when h.opening_expires_on < r.effective_date then nullif(
        greatest(h.opening_expires_on, coalesce(r.expires_on, case
            when starts_with(g.restore_expired, 'grace:') then r.effective_date + substr(g.restore_expired, 7)::integer
            when g.restore_expired <> 'new_expiry' then null
            -- without a term in the programme, as long again as the lot was good for
            when g.expiry_months is null then r.effective_date + (h.opening_expires_on - h.earned_on)::integer
            when g.expiry_kind = 'end_of_period' then last_day((r.effective_date + to_months(g.expiry_months::integer))::date)
            else (r.effective_date + to_months(g.expiry_months::integer))::date end)),
        h.opening_expires_on
    ) end as expires_on
from piece p
join lot_wave_reversal w on w.event_no = p.event_no
join place l
    on l.taking_event_id = p.taking_event_id and l.programme_id = p.programme_id and l.global_id = p.global_id and l.place_no = p.place_no
join lot_reversal r on r.event_no = w.event_no
join lot_held h on h.lot_id = l.lot_id and h.global_id = l.global_id
left join programme g on g.programme_id = l.programme_id
where p.points > 0
