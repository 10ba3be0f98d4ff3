-- purpose: weighted average: each leaving event takes from all usable lots of the member in proportion to what they hold at that moment
-- reads: lot_departing, lot_held, lot_event
-- writes: lot_pool_take
-- parameters: none
-- invariant: units per event = the smaller of units leaving and units in the pool; shares are differences of cumulative rounded ones, so they add up
with recursive member as (
    select e.programme_id, e.global_id, max(e.effective_date) as leaving_on
    from lot_event e
    semi join lot_departing d on d.programme_id = e.programme_id and d.global_id = e.global_id and d.group_no = e.group_no
    where e.points < 0 and e.lot_policy = 'weighted_average'
    group by e.programme_id, e.global_id
),
need as (
    select d.event_no, d.event_id, d.group_no, d.taking_kind, d.programme_id, d.global_id, units4(d.points) as units,
        row_number() over (partition by d.programme_id, d.global_id order by d.event_no) as need_no
    from lot_departing d
    semi join member m on m.programme_id = d.programme_id and m.global_id = d.global_id
),
pool as (
    select h.programme_id, h.global_id, h.lot_id, units4(h.remaining_points) as open_units,
        row_number() over (partition by h.programme_id, h.global_id order by h.earned_on, h.earned_at, h.lot_id) as lot_no
    from lot_held h
    join member m on m.programme_id = h.programme_id and m.global_id = h.global_id
    where h.remaining_points > 0 and not h.is_arrears and (h.expires_on is null or h.expires_on >= m.leaving_on)
),
-- one round per event of a member; members side by side
round as (
    select programme_id, global_id, lot_id, lot_no, 0::bigint as need_no, open_units as left_units, 0::hugeint as taken_units from pool
    union all
    select programme_id, global_id, lot_id, lot_no, need_no, left_units - taken_units, taken_units
    from (
        select programme_id, global_id, lot_id, lot_no, need_no, left_units,
            div_half_up(pool_end * leaving, pool_units) - div_half_up((pool_end - left_units) * leaving, pool_units) as taken_units
        from (
            select r.programme_id, r.global_id, r.lot_id, r.lot_no, n.need_no, r.left_units,
                sum(r.left_units) over (partition by r.programme_id, r.global_id order by r.lot_no rows unbounded preceding)::hugeint as pool_end,
                sum(r.left_units) over (partition by r.programme_id, r.global_id)::hugeint as pool_units,
                least(n.units, sum(r.left_units) over (partition by r.programme_id, r.global_id))::hugeint as leaving
            from round r
            join need n on n.programme_id = r.programme_id and n.global_id = r.global_id and n.need_no = r.need_no + 1
            where r.left_units > 0
        )
    )
)
select n.event_no, r.lot_no - 1000000000 as part_no, 0::bigint as row_no, n.group_no, n.event_id, n.event_id as taking_event_id, n.taking_kind, r.lot_id,
    n.global_id, n.programme_id, (-from_units4(r.taken_units))::decimal(18, 4) as points
from round r
join need n on n.programme_id = r.programme_id and n.global_id = r.global_id and n.need_no = r.need_no
where r.taken_units > 0
