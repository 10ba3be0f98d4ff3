-- purpose: which differing members the identity table ties to one another, and whose identity has ended
-- reads: identity_difference, identity, loyalty_balance
-- writes: identity_link
-- parameters: $as_of_date
-- invariant: both ends differ; other_id is the member itself where its identity has ended
with concerned as (select distinct global_id from identity_difference),
named as (
    -- a later file may have ended what was open
    select i.member_id, i.global_id, coalesce(i.valid_to, date '9999-12-31') >= $as_of_date as is_in_force, i.source_id
    from identity as i
    anti join (select * from identity where valid_to is not null) as e
        on i.valid_to is null and e.source_id = i.source_id and e.member_id = i.member_id and e.global_id = i.global_id
        and e.valid_from is not distinct from i.valid_from
),
ended as (
    -- none of its members is anybody any more
    select n.global_id
    from named as n
    left join (select distinct source_id, member_id from named where is_in_force) as f on f.source_id = n.source_id and f.member_id = n.member_id
    group by n.global_id
    having count(f.member_id) = 0
),
erased as (
    -- loyalty has forgotten every member of it, while a ledger may know its customer for as long as it has to keep its books
    select n.global_id
    from named as n
    semi join (select distinct source from loyalty_balance where business_date = $as_of_date) as l on l.source = n.source_id
    left join (select distinct source_id, member_id from named where is_in_force) as f on f.source_id = n.source_id and f.member_id = n.member_id
    group by n.global_id
    having count(f.member_id) = 0
),
one_sided as (
    select * from identity_difference where not (has_left and has_right)
),
gathered as (
    -- Global IDs that hold two members or more of one source
    select distinct n.global_id from named as n group by n.source_id, n.global_id having count(distinct n.member_id) > 1
),
opposite as (
    -- what one side has too much under a Global ID of several members is exactly what it lacks under another
    select
        d.global_id, o.global_id as other_id,
        count(*) over (partition by d.programme_id, d.ledger_id, d.currency, d.global_id) as others_of_it,
        count(*) over (partition by d.programme_id, d.ledger_id, d.currency, o.global_id) as its_of_other
    from identity_difference as d
    semi join gathered as g on g.global_id = d.global_id
    join one_sided as o
        on o.programme_id is not distinct from d.programme_id and o.ledger_id = d.ledger_id and o.currency is not distinct from d.currency and o.global_id <> d.global_id
        and coalesce(d.left_points, 0) + coalesce(o.left_points, 0) - case when d.right_points is null and o.right_points is null then coalesce(d.left_points, 0)
            + coalesce(o.left_points, 0) else coalesce(d.right_points, 0) + coalesce(o.right_points, 0) end = 0
        and d.left_amount + o.left_amount = d.right_amount + o.right_amount
),
found as (
    -- one member under two Global IDs, at different times or in different systems
    select a.global_id, b.global_id as other_id, false as is_ended
    from named as a join named as b on b.member_id = a.member_id and b.global_id <> a.global_id
    union
    -- an identity that has ended, and the bare id its member now counts under
    select n.global_id, n.member_id, true from named as n semi join ended as e on e.global_id = n.global_id
    union
    select n.member_id, n.global_id, true from named as n semi join ended as e on e.global_id = n.global_id
    union
    select global_id, global_id, true from ended
    union
    select e.global_id, e.global_id, true from erased as e semi join one_sided as o on o.global_id = e.global_id and not o.has_left
    union
    select n.member_id, n.member_id, true from named as n semi join ended as e on e.global_id = n.global_id
    union
    select global_id, other_id, false from opposite where others_of_it = 1 and its_of_other = 1
    union
    select other_id, global_id, false from opposite where others_of_it = 1 and its_of_other = 1
)
select f.global_id, f.other_id, f.is_ended
from found as f
semi join concerned as c on c.global_id = f.global_id
semi join concerned as o on o.global_id = f.other_id
