-- purpose: signed money of what we owe partners, by movement: units redeemed with them, and units of theirs that we grant
-- reads: movement_value, loyalty_event, programme, programme_partner
-- writes: partner_source
-- parameters: none
-- invariant: the rows of a movement add up to zero; an agent's revenue is what is left after the partner's cost (IFRS 15 B34-B38)
with
dealing as (
    select m.*, x.role as partner_role, coalesce(p.breakage, 'proportional') as breakage,
           case when m.is_granted then units4(m.points) else -units4(m.points) end as units, units12(x.cost_per_point) as cost_per_point,
           case when m.group_no in (2, 5) or m.is_granted then m.released_amount else 0 end as revenue,
           case when m.group_no in (2, 5) or m.is_granted then m.face_part_amount else 0 end as face,
           case m.movement_class when 'redeemed' then 'redemption' when 'accrued' then 'accrual' when 'adjusted' then 'adjustment'
               when 'transferred' then 'transfer' else 'reversal' end as event_kind
    from movement_value m
    join programme p on p.programme_id = m.programme_id
    left join loyalty_event e on e.event_id = m.taking_event_id and m.taking_kind = 'redemption'
    join programme_partner x on x.programme_id = m.programme_id and x.partner_id = case when m.is_granted then p.issuer else e.partner_id end
    where case when m.is_granted then m.figure = 'issued' else m.taking_kind = 'redemption' end
),
netted as (
    select *, units * cost_per_point as cost_units, partner_role = 'agent' and earn_class not in ('bonus', 'service') as is_net from dealing
),
sided as (
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, is_net, event_id, lot_id,
           'partner_payable' as role, -cost_units as exact, 0::decimal(38, 4) as amount from netted
    union all
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, is_net, event_id, lot_id, 'revenue_redeemed', 0, face
    from netted where is_net
    union all
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, is_net, event_id, lot_id,
           case breakage when 'escheat' then 'unclaimed_property' else 'breakage' end, 0, revenue - face
    from netted where is_net
)
select * from sided where exact <> 0 or amount <> 0
