-- purpose: redemptions whose lots differ from the platform's own trace; under source_trace also those the platform did not trace (LT-01)
-- reads: lot_trace, allocation_draft, prior_allocation_draft, programme, delivery_standing
-- writes: balance_events_trace
-- parameters: $as_of_date
-- invariant: one row per redemption and currency; a redemption given back whole is no difference; units repaying arrears count where the trace names them
with concerned as (
    select redemption_event_id from allocation_draft
    union
    select redemption_event_id from lot_trace where business_date = $as_of_date
    union
    select business_key from delivery_standing where code = 'LT-01'
),
drawn as (
    select event_id, redemption_event_id, lot_id, programme_id, global_id, currency, points from allocation_draft
    union all
    select p.event_id, p.redemption_event_id, p.lot_id, p.programme_id, p.global_id, p.currency, p.points
    from prior_allocation_draft as p
    semi join concerned as c on c.redemption_event_id = p.redemption_event_id
),
redemption as (
    select redemption_event_id, min(programme_id) as programme_id, min(global_id) as global_id, min(currency) as currency, sum(points) as net_points
    from drawn
    group by redemption_event_id
),
taken as (
    select
        redemption_event_id, lot_id, sum(case when event_id = redemption_event_id then points else 0 end) as own_points,
        sum(case when event_id = redemption_event_id then 0 else points end) as repaying_points
    from drawn
    where points > 0 and not starts_with(lot_id, 'ARREARS/')
    group by redemption_event_id, lot_id
),
traced as (
    select t.redemption_event_id, t.accrual_event_id as lot_id, sum(t.points) as points
    from lot_trace as t
    semi join concerned as c on c.redemption_event_id = t.redemption_event_id
    group by t.redemption_event_id, t.accrual_event_id
),
compared as (
    select
        coalesce(t.redemption_event_id, k.redemption_event_id) as redemption_event_id, coalesce(t.lot_id, k.lot_id) as lot_id,
        t.lot_id is not null as is_traced, coalesce(t.points, 0) as traced_points,
        coalesce(k.own_points, 0) + case when t.lot_id is null then 0 else coalesce(k.repaying_points, 0) end as taken_points
    from traced as t
    full join taken as k on k.redemption_event_id = t.redemption_event_id and k.lot_id = t.lot_id
),
summed as (
    select
        redemption_event_id, bool_or(is_traced) as is_traced, sum(traced_points) as traced_points, sum(taken_points) as taken_points,
        count(*) filter (traced_points <> taken_points) as lot_count,
        string_agg(lot_id, ';' order by lot_id) filter (traced_points > taken_points) as traced_refs,
        string_agg(lot_id, ';' order by lot_id) filter (traced_points < taken_points) as taken_refs,
        list('lot ' || lot_id || ' ' || points_text(traced_points) || ' by the trace, ' || points_text(taken_points) || ' by ours' order by lot_id)
            filter (traced_points <> taken_points) as lots_say
    from compared
    group by redemption_event_id
)
select
    'balance_events' as pair, 'LT-01' as code, r.programme_id, r.global_id, s.redemption_event_id as business_key, s.traced_refs as left_ref,
    s.taken_refs as right_ref, s.traced_points as left_points, s.taken_points as right_points, coalesce(r.currency, '') as currency,
    'Redemption ' || s.redemption_event_id
        || case when r.redemption_event_id is null then ' is traced by the platform but is not in the books: '
            when not s.is_traced then ' is not traced by the platform; its lots went in the order of expiry: '
            when p.lot_policy = 'source_trace' then ' could not follow the platform''s trace: '
            else ' takes other lots than the platform''s trace: ' end
        || array_to_string(s.lots_say[1:3], '; ') || case when s.lot_count > 3 then '; and ' || (s.lot_count - 3) || ' more' else '' end || '.' as explanation
from summed as s
left join redemption as r on r.redemption_event_id = s.redemption_event_id
left join programme as p on p.programme_id = r.programme_id
where s.lot_count > 0 and (s.is_traced or coalesce(p.lot_policy, '') = 'source_trace') and coalesce(r.net_points, 1) <> 0
