-- purpose: today's lot movements with the class each belongs to in a roll-forward and the figure of its cohort it changes
-- reads: lot_movement, loyalty_event, programme
-- writes: classed_movement
-- parameters: $as_of_date
-- invariant: one row per lot movement; arrears belong to no cohort; figure is issued (D), redeemed (R) or expired (E);
--   granted are points of another issuer, whose deferral is released as it is issued
with
event_of_today as (
    select event_id, reverses_event_id, effective_date from loyalty_event where business_date = $as_of_date
),
movement as (
    select m.sequence, m.group_no, m.event_id, coalesce(m.taking_event_id, '') as taking_event_id, coalesce(m.taking_kind, '') as taking_kind,
           m.lot_id, m.global_id, coalesce(p.company_id, '') as company_id, m.programme_id, coalesce(m.currency, '') as currency,
           case when starts_with(m.lot_id, 'ARREARS/') then '' else coalesce(m.earn_class, '') end as earn_class,
           case when starts_with(m.lot_id, 'ARREARS/') then '' else coalesce(m.cohort, '') end as cohort, m.points, coalesce(m.deferral, 0) as deferral,
           coalesce(e.reverses_event_id = m.taking_event_id, false) as is_restored, coalesce(e.effective_date, $as_of_date) as effective_date,
           coalesce(p.issuer <> 'own', false) as is_granted
    from lot_movement m
    left join event_of_today e on e.event_id = m.event_id
    left join programme p on p.programme_id = m.programme_id
)
select *,
       case
           when is_restored or taking_kind = 'reversal' or (taking_kind = 'expiry' and points > 0) then 'reversed'
           when taking_kind = 'redemption' then 'redeemed'
           when taking_kind = 'expiry' then 'expired'
           when taking_kind = 'adjustment' or (taking_kind = '' and group_no = 3) then 'adjusted'
           when taking_kind = 'transfer_out' or (taking_kind = '' and group_no = 4) then 'transferred'
           when group_no = 1 then 'accrued'
           else 'reversed'
       end as movement_class,
       case taking_kind when 'redemption' then 'redeemed' when 'expiry' then 'expired' else 'issued' end as figure
from movement
