-- purpose: accounts that a role posts to for one class of units only ("revenue_redeemed.cobrand")
-- reads: programme_account
-- writes: class_account
-- parameters: none
-- invariant: one row per programme, role and earn class
select programme_id, split_part(role, '.', 1) as role, split_part(role, '.', 2) as earn_class, account
from programme_account
where contains(role, '.') and account <> ''
