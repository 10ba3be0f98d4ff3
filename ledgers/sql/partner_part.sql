-- purpose: what our partners' share adds to today's journal: the payable, the agent's net revenue, the principal's cost
-- reads: partner_source, programme
-- writes: partner_part
-- parameters: none
-- invariant: the amounts of a cohort and kind of movement add up to zero; each is rounded once, the counter line takes what is left
with
rounded as (
    select s.company_id, s.programme_id, s.currency, s.earn_class, s.cohort, s.event_kind, s.movement_class, s.is_net, s.role,
           value_rounded(sum(s.exact) + sum(units4(s.amount)) * 1000000000000::hugeint, 16, any_value(p.minor_unit), 'half_up') as amount
    from partner_source s join programme p on p.programme_id = s.programme_id
    group by s.company_id, s.programme_id, s.currency, s.earn_class, s.cohort, s.event_kind, s.movement_class, s.is_net, s.role
)
select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'partner' as part, role, amount from rounded where amount <> 0
union all
select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'partner',
       case when is_net then 'commission' else 'redemption_cost' end, -sum(amount)
from rounded group by all having sum(amount) <> 0
