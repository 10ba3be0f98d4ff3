-- purpose: patterns of the last days beyond a programme's limits: manual adjustments (FR-02), redemption bursts (FR-03), earn-refund and transfer cycles (FR-04)
-- reads: loyalty_event, order_event_link, programme, programme_limit
-- writes: order_event_pattern
-- parameters: $as_of_date
-- invariant: one row per business key and currency, the most specific code first; a pattern stands as long as its days are looked at
with term as (
    select
        p.programme_id, p.currency, min($as_of_date - l.pattern_days::integer) as before_day,
        max(l.value) filter (l.name = 'max_daily_redemptions') as redemptions, max(l.value) filter (l.name = 'max_daily_redeemed_points') as redeemed_points,
        max(l.value) filter (l.name = 'max_daily_adjustments') as adjustments, max(l.value) filter (l.name = 'max_daily_adjusted_points') as adjusted_points,
        max(l.value) filter (l.name = 'adjustment_approval_points') as approval_points,
        max(l.value) filter (l.name = 'max_refund_cycles') as refund_cycles, max(l.value) filter (l.name = 'max_transfer_cycles') as transfer_cycles
    from programme_limit as l
    join programme as p on p.programme_id = l.programme_id
    group by p.programme_id, p.currency
),
recent as (
    select
        e.event_id, e.programme_id, e.global_id, e.kind, e.points, e.effective_date, e.occurred_at, e.transfer_id, nullif(e.actor, '') as actor,
        coalesce(e.face_amount, 0) as amount
    from loyalty_event as e
    join term as t on t.programme_id = e.programme_id
    where e.effective_date > t.before_day and e.kind <> 'expiry'
),
by_actor as (
    select
        programme_id, actor, effective_date, count(*) as event_count, sum(case when points > 0 then points else 0 end) as given_points,
        sum(points) as points, sum(case when points < 0 then -amount else amount end) as amount
    from recent
    where kind = 'adjustment' and actor is not null
    group by programme_id, actor, effective_date
),
near_limit as (
    select e.programme_id, e.actor, count(*) as event_count, sum(e.points) as points, sum(e.amount) as amount
    from recent as e
    join term as t on t.programme_id = e.programme_id
    where e.kind = 'adjustment' and e.actor is not null and 10 * e.points > 9 * t.approval_points and e.points <= t.approval_points
    group by e.programme_id, e.actor
    having count(*) >= 3
),
by_member as (
    select programme_id, global_id, effective_date, count(*) as event_count, -sum(points) as points, sum(amount) as amount
    from recent
    where kind = 'redemption'
    group by programme_id, global_id, effective_date
),
taken_back as (
    select e.programme_id, e.global_id, e.event_id, e.points, e.amount
    from recent as e
    -- net of reversals that were taken back themselves
    join order_event_link as r on r.root_id = e.event_id
    where e.kind = 'accrual' and e.points > 0
    group by e.programme_id, e.global_id, e.event_id, e.points, e.amount
    having -sum(r.points) >= e.points
),
refunded as (
    select programme_id, global_id, count(*) as event_count, sum(points) as points, sum(amount) as amount from taken_back group by programme_id, global_id
),
leg as (
    select g.programme_id, g.transfer_id, g.global_id as giver, r.global_id as taker, g.occurred_at, r.points, r.amount
    from recent as g
    join recent as r on r.transfer_id = g.transfer_id and r.programme_id = g.programme_id and r.kind = 'transfer_in'
    where g.kind = 'transfer_out' and g.global_id <> r.global_id
),
come_back as (
    -- A gives to B and gets back from B, or from C whom B gave to; each in the order it happened
    select a.programme_id, a.giver, b.transfer_id, b.points, b.amount
    from leg as a join leg as b on b.programme_id = a.programme_id and b.giver = a.taker and b.taker = a.giver and b.occurred_at >= a.occurred_at
        and b.transfer_id <> a.transfer_id
    union
    select a.programme_id, a.giver, c.transfer_id, c.points, c.amount
    from leg as a
    join leg as b on b.programme_id = a.programme_id and b.giver = a.taker and b.taker <> a.giver and b.occurred_at >= a.occurred_at
    join leg as c on c.programme_id = a.programme_id and c.giver = b.taker and c.taker = a.giver and c.occurred_at >= b.occurred_at
),
looped as (
    select programme_id, giver as global_id, count(*) as event_count, sum(points) as points, sum(amount) as amount from come_back group by programme_id, giver
),
found as (
    select
        1 as rank, 'FR-02' as code, a.programme_id, cast(null as varchar) as global_id, a.actor as business_key, t.currency, a.points, a.amount,
        a.actor || ' keyed ' || a.event_count || ' adjustments of together ' || points_text(a.points) || ' points on ' || a.effective_date as says
    from by_actor as a join term as t on t.programme_id = a.programme_id
    where a.event_count > t.adjustments or a.given_points > t.adjusted_points
    union all
    select
        1, 'FR-02', n.programme_id, null, n.actor, t.currency, n.points, n.amount,
        n.actor || ' keyed ' || n.event_count || ' adjustments just below the ' || points_text(t.approval_points) || ' points that need approval'
    from near_limit as n join term as t on t.programme_id = n.programme_id
    union all
    select
        2, 'FR-03', m.programme_id, m.global_id, m.programme_id || '/' || m.global_id, t.currency, -m.points, -m.amount,
        'member ' || m.global_id || ' made ' || m.event_count || ' redemptions of together ' || points_text(m.points) || ' points on ' || m.effective_date
    from by_member as m join term as t on t.programme_id = m.programme_id
    where m.event_count > t.redemptions or m.points > t.redeemed_points
    union all
    select
        3, 'FR-04', r.programme_id, r.global_id, r.programme_id || '/' || r.global_id, t.currency, r.points, r.amount,
        'member ' || r.global_id || ' earned on ' || r.event_count || ' purchases that were wholly taken back, together ' || points_text(r.points) || ' points'
    from refunded as r join term as t on t.programme_id = r.programme_id
    where r.event_count > t.refund_cycles
    union all
    select
        3, 'FR-04', l.programme_id, l.global_id, l.programme_id || '/' || l.global_id, t.currency, l.points, l.amount,
        points_text(l.points) || ' points came back by transfer to member ' || l.global_id || ', who had given first'
    from looped as l join term as t on t.programme_id = l.programme_id
    where l.event_count > t.transfer_cycles
),
ranked as (
    select
        *, row_number() over by_key as place, string_agg(code || ' (' || says || ')', ', ') over (by_key rows between 1 following and unbounded following) as others
    from found
    window by_key as (partition by business_key, currency order by rank, programme_id, says)
)
select
    'order_event' as pair, code, programme_id, global_id, business_key, cast(null as varchar) as left_ref, business_key as right_ref, 0 as left_points, points as right_points,
    0 as left_amount, amount as right_amount, currency, upper(left(says, 1)) || substr(says, 2) || '.' || coalesce(' Also: ' || others || '.', '') as explanation
from ranked
where place = 1
