-- purpose: members that appear today for the first time beside every member they could be confused with, by a skeleton of their id
-- reads: entered_loyalty_event, entered_loyalty_balance, loyalty_event, loyalty_balance, look_alike_letters
-- writes: member_skeleton
-- parameters: none
-- invariant: one row per programme, new member and look-alike; equal ids never meet; nothing is merged
with today as (
    select programme_id, global_id from entered_loyalty_event where global_id is not null
    union
    select programme_id, global_id from entered_loyalty_balance where global_id is not null
),
known as (
    select distinct programme_id, global_id from loyalty_event where global_id is not null
    union
    select distinct programme_id, global_id from loyalty_balance
    where global_id is not null and business_date = (select max(business_date) from loyalty_balance)
),
fresh as (
    select t.* from today t
    anti join known k on k.programme_id = t.programme_id and k.global_id = t.global_id
),
everyone as (
    select programme_id, global_id, false as is_new from known where exists (select 1 from fresh)
    union all
    select programme_id, global_id, true as is_new from fresh
),
skeletons as (
    select e.programme_id, e.global_id, e.is_new, lower(translate(lower(translate(e.global_id, l.foreign_letters, l.latin_letters)), l.foreign_letters, l.latin_letters)) as skeleton
    from everyone e cross join look_alike_letters l
),
shared as (
    select programme_id, skeleton from skeletons
    group by programme_id, skeleton having count(*) > 1 and bool_or(is_new)
),
crowd as (
    select s.* from skeletons s semi join shared h on h.programme_id = s.programme_id and h.skeleton = s.skeleton
)
select n.programme_id, n.global_id, o.global_id as looks_like
from crowd n
join crowd o on o.programme_id = n.programme_id and o.skeleton = n.skeleton and o.global_id <> n.global_id
where n.is_new and (not o.is_new or o.global_id < n.global_id)
