-- purpose: the day's working set: open lots and arrears of today's members, and the used-up lots that may open again
-- reads: opening_lot, lot_recalled, loyalty_event
-- writes: lot_held
-- parameters: none
-- invariant: one row per lot and holder; remaining_points starts at the opening and changes step by step; origin names lots opened today
with debtor as (
    select e.event_id, case e.kind when 'accrual' then 'reversal' when 'transfer_in' then 'adjustment' else e.kind end as taking_kind
    from loyalty_event e
    semi join (select substr(lot_id, 9) as event_id from opening_lot where is_arrears) a on a.event_id = e.event_id
)
select o.lot_id, o.global_id, o.programme_id, o.currency, o.earn_class, o.funded_by, o.earned_on, o.earned_at, o.expires_on, o.points, o.deferral,
    o.cost_per_point, o.cohort, o.is_arrears, d.taking_kind, null::varchar as origin, o.expires_on as opening_expires_on,
    o.remaining_points as opening_points, o.remaining_points
from opening_lot o
left join debtor d on o.is_arrears and d.event_id = substr(o.lot_id, 9)
union all
select lot_id, global_id, programme_id, currency, earn_class, funded_by, earned_on, earned_at, expires_on, points, deferral, cost_per_point, cohort,
    false, null, null, expires_on, 0, 0
from lot_recalled
