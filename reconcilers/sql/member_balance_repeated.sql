-- purpose: the members that a join of rows cannot compare: with two rows on a side, or a stray row whose ending hangs on their others
-- reads: member_balance_arrived
-- writes: member_balance_repeated
-- parameters: $salt, $shift
-- invariant: every such member is in it; one that shares a hash may be too
select hash(global_id, $salt) >> $shift as bucket
from member_balance_arrived
where reason is null
group by is_left, bucket, hash(programme_id, global_id, compared_currency)
having count(*) > 1
union
select hash(global_id, $salt) >> $shift
from member_balance_arrived
where is_stray
