-- purpose: the lot each incoming event of today would open, with everything that is frozen at issue
-- reads: lot_event, lot_ssp_part, lot_purchase_deferral, programme, programme_partner
-- writes: lot_template
-- parameters: none
-- invariant: one row per event with positive units; deferral by contract section 8 (of another issuer's points too: it is released as it is issued)
with classed as (
    select e.*,
        case when e.kind = 'accrual' then coalesce(e.given_class, case when e.transaction_amount is null then 'bonus' else 'purchase' end)
            when e.kind = 'adjustment' then coalesce(e.given_class, 'service')
            else 'service' end as earn_class,
        case e.kind when 'accrual' then 'accrual' when 'adjustment' then 'adjustment' when 'transfer_in' then 'transfer'
            else 'excess_reversal' end as origin
    from lot_event e
    where e.points > 0
),
deferred as (
    select c.*, p.free_points, p.cost_per_point as programme_cost,
        case when c.origin in ('transfer', 'excess_reversal') then 0::decimal(38, 12)
            when c.deferred_amount is not null then c.deferred_amount::decimal(38, 12)
            when c.origin <> 'accrual' then 0::decimal(38, 12)
            when c.earn_class = 'purchase' then coalesce(d.deferral, 0)::decimal(38, 12)
            when c.earn_class in ('purchased', 'cobrand', 'partner') then coalesce(c.transaction_amount::decimal(38, 12),
                from_units12(div_half_up(units4(c.units) * units12(x.price_per_point), 10000)), 0::decimal(38, 12))
            when c.earn_class = 'migrated' then from_units12(div_half_up(s.points_ssp_units, 10000))
            else 0::decimal(38, 12) end as deferral,
        case when p.expiry_months is null or p.expiry_kind = 'from_last_activity' then null::date
            when p.expiry_kind = 'end_of_period' then last_day((c.effective_date + to_months(p.expiry_months::integer))::date)
            else (c.effective_date + to_months(p.expiry_months::integer))::date end as default_expiry
    from classed c
    join lot_ssp_part s on s.event_no = c.event_no
    left join lot_purchase_deferral d on d.event_no = c.event_no
    left join programme p on p.programme_id = c.programme_id
    left join programme_partner x on x.programme_id = c.programme_id and x.partner_id = c.partner_id
)
select event_no, event_id as lot_id, global_id, programme_id, currency, earn_class, funded_by, effective_date as earned_on, occurred_at as earned_at,
    coalesce(expires_on, default_expiry) as expires_on, units as points, deferral,
    case when free_points = 'accrue_cost' and earn_class in ('bonus', 'service') then coalesce(programme_cost, 0) else 0 end::decimal(38, 12)
        as cost_per_point,
    strftime(effective_date, '%Y-%m') as cohort, origin
from deferred
