-- purpose: weighted average: each leaving event takes from all usable lots of the member in proportion to what they hold at that moment
-- reads: lot_departing, lot_held, lot_event, programme
-- writes: lot_pool_take
-- parameters: none
-- invariant: units per event = the smaller of units leaving and units in the pool; shares are differences of cumulative rounded ones, so they add up
with recursive member as (
    select e.member_no, max(e.effective_date) as leaving_on
    from lot_event e
    join programme p on p.programme_id = e.programme_id and p.lot_policy = 'weighted_average'
    semi join lot_departing d on d.member_no = e.member_no and d.group_no = e.group_no
    where e.points < 0
    group by e.member_no
),
need as (
    select d.event_no, d.event_id, d.group_no, d.taking_kind, d.member_no, units4(d.points) as units,
        row_number() over (partition by d.member_no order by d.event_no) as need_no
    from lot_departing d
    semi join member m on m.member_no = d.member_no
),
pool as (
    select h.member_no, h.held_no, units4(h.remaining_points) as open_units,
        row_number() over (partition by h.member_no order by h.earned_on, h.earned_at, h.lot_id) as lot_no
    from lot_held h
    join member m on m.member_no = h.member_no
    where h.remaining_points > 0 and not h.is_arrears and (h.expires_on is null or h.expires_on >= m.leaving_on)
),
-- one round per event of a member; members side by side
round as (
    select member_no, held_no, lot_no, 0::bigint as need_no, open_units as left_units, 0::hugeint as taken_units from pool
    union all
    select member_no, held_no, lot_no, need_no, left_units - taken_units, taken_units
    from (
        select member_no, held_no, lot_no, need_no, left_units,
            div_half_up(pool_end * leaving, pool_units) - div_half_up((pool_end - left_units) * leaving, pool_units) as taken_units
        from (
            select r.member_no, r.held_no, r.lot_no, n.need_no, r.left_units,
                sum(r.left_units) over (partition by r.member_no order by r.lot_no rows unbounded preceding)::hugeint as pool_end,
                sum(r.left_units) over (partition by r.member_no)::hugeint as pool_units,
                least(n.units, sum(r.left_units) over (partition by r.member_no))::hugeint as leaving
            from round r
            join need n on n.member_no = r.member_no and n.need_no = r.need_no + 1
            where r.left_units > 0
        )
    )
)
select n.event_no, r.lot_no - 1000000000 as part_no, 0::bigint as row_no, n.group_no, n.event_id, n.event_id as taking_event_id, n.taking_kind, r.held_no,
    (-from_units4(r.taken_units))::decimal(18, 4) as points
from round r
join need n on n.member_no = r.member_no and n.need_no = r.need_no
where r.taken_units > 0
