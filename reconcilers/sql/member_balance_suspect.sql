-- purpose: the rows that have to be compared exactly: all of a bucket whose checksums do not cancel
-- reads: member_balance_arrived, member_balance_bucket
-- writes: member_balance_suspect
-- parameters: $salt, $shift
-- invariant: every row of a member is in it, or none
select *
from member_balance_arrived
where (reason is null or is_stray) and hash(global_id, $salt) >> $shift in (select bucket from member_balance_bucket)
