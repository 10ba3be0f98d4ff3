-- purpose: breaks that were open at the last close
-- reads: prior_break
-- writes: break_prior
-- parameters: none
-- invariant: one row per break_id
select * from prior_break where status <> 'closed' and business_date = (select max(business_date) from prior_break)
