-- purpose: what differences came to on each account at the last close: a day that cannot be judged leaves them as they stood
-- reads: prior_account_difference, prior_break
-- writes: event_ledger_account_standing
-- parameters: none
-- invariant: the rows of the last close
select * exclude (business_date)
from prior_account_difference
where business_date = (select max(business_date) from prior_break)
