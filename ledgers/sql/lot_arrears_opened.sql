-- purpose: arrears that begin in this step: units taken beyond the member's balance
-- reads: lot_take, lot_event, programme
-- writes: lot_arrears_opened
-- parameters: none
-- invariant: one row per event that went into arrears; no deferral, no cost; class service, issue month of the event
select t.event_no, 'ARREARS/' || t.event_id as lot_id, e.member_no, e.global_id, e.programme_id, coalesce(p.currency, e.given_currency, '') as currency, 'service' as earn_class,
    'seller' as funded_by, e.effective_date as earned_on, e.occurred_at as earned_at, null::date as expires_on, 0::decimal(18, 4) as points,
    0::hugeint as deferral_units, 0::decimal(38, 12) as cost_per_point, strftime(e.effective_date, '%Y-%m') as cohort, true as is_arrears, t.taking_kind,
    null::varchar as origin
from lot_take t
join lot_event e on e.event_no = t.event_no
left join programme p on p.programme_id = e.programme_id
where t.held_no is null
