-- purpose: the day's working set: open lots and arrears of today's members, and the used-up lots that may open again
-- reads: opening_lot, lot_recalled, loyalty_event, lot_scope
-- writes: lot_held
-- parameters: none
-- invariant: one row per lot and holder; remaining_points starts at the opening and changes step by step; event_no names what opened a lot today;
--   own_sequence is the place in the day of a movement that is nothing but the opening of a whole lot
with debtor as (
    select e.event_id, case e.kind when 'accrual' then 'reversal' when 'transfer_in' then 'adjustment' else e.kind end as taking_kind
    from loyalty_event e
    semi join (select substr(lot_id, 9) as event_id from opening_lot where is_arrears) a on a.event_id = e.event_id
),
known as (
    select o.lot_id, o.global_id, o.programme_id, o.currency, o.earn_class, o.funded_by, o.earned_on, o.earned_at, o.expires_on, o.points, o.deferral,
        o.cost_per_point, o.cohort, o.is_arrears, d.taking_kind, o.remaining_points
    from opening_lot o
    left join debtor d on o.is_arrears and d.event_id = substr(o.lot_id, 9)
    union all
    select lot_id, global_id, programme_id, currency, earn_class, funded_by, earned_on, earned_at, expires_on, points, deferral, cost_per_point, cohort,
        false, null, 0
    from lot_recalled
)
select row_number() over () as held_no, null::bigint as event_no, m.member_no, k.* exclude (deferral), units12(k.deferral) as deferral_units,
    null::varchar as origin, k.expires_on as opening_expires_on, null::bigint as own_sequence
from known k
join lot_scope m on m.programme_id = k.programme_id and m.global_id = k.global_id
