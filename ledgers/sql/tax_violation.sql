-- purpose: what must hold of today's tax entries and does not, one row per redemption, tax type and violation
-- reads: tax_draft, prior_tax_draft, allocation_draft, tax_base, tax_unit
-- writes: tax_violation
-- parameters: none
-- invariant: empty
with redeemed_today as (
    select distinct redemption_event_id from allocation_draft where event_id = redemption_event_id
),
today as (
    select
        redemption_event_id,
        tax_type,
        sum(points) as points,
        sum(case when event_id = redemption_event_id and reversal_of is null then points else 0 end) as redeemed_points,
        sum(case when event_id = redemption_event_id and reversal_of is null then base_before else 0 end) as redeemed_base,
        sum(case when event_id = redemption_event_id and reversal_of is null then taxable_base else 0 end) as redeemed_taxable,
        sum(case when event_id = redemption_event_id and reversal_of is null then base_collected else 0 end) as redeemed_collected
    from tax_draft
    -- entries of an earlier redemption in its own name follow a change of the law: no unit moved
    where event_id <> redemption_event_id or redemption_event_id in (select redemption_event_id from redeemed_today)
    group by redemption_event_id, tax_type
),
allocated as (
    select
        redemption_event_id,
        sum(points) as points,
        sum(case when event_id = redemption_event_id then points else 0 end) as redeemed_points
    from allocation_draft
    group by redemption_event_id
),
is_cost as (
    select redemption_event_id, tax_type, bool_or(base_kind = 'cost') as is_cost from tax_base group by redemption_event_id, tax_type
),
to_date as (
    select redemption_event_id, tax_type, sum(points) as points
    from (
        select redemption_event_id, tax_type, points from tax_draft
        union all
        select p.redemption_event_id, p.tax_type, p.points
        from prior_tax_draft as p
        semi join tax_draft as t on t.redemption_event_id = p.redemption_event_id
    )
    group by redemption_event_id, tax_type
),
goods as (
    select redemption_event_id, tax_type, max(reward_base) as reward_base, count(distinct reward_base) = 1 as is_one_base
    from tax_unit
    where is_original
    group by redemption_event_id, tax_type
)
select t.redemption_event_id, t.tax_type, 'the points of its entries are not the points allocated' as violation
from today as t
left join allocated as a on a.redemption_event_id = t.redemption_event_id
left join is_cost as c on c.redemption_event_id = t.redemption_event_id and c.tax_type = t.tax_type
where t.tax_type <> 'USE' and not coalesce(c.is_cost, false) and (a.points is distinct from t.points or a.redeemed_points is distinct from t.redeemed_points)
union all
select redemption_event_id, tax_type, 'more units are taken back than were redeemed' as violation from to_date where points < 0
union all
select redemption_event_id, tax_type, 'the taxable base is below 0' as violation from today where redeemed_taxable < 0 or redeemed_collected < 0
union all
select t.redemption_event_id, t.tax_type, 'the shares of its goods do not add up' as violation
from today as t
join goods as g on g.redemption_event_id = t.redemption_event_id and g.tax_type = t.tax_type
where g.is_one_base and t.redeemed_points <> 0 and t.redeemed_base <> g.reward_base
order by redemption_event_id, tax_type, violation
