-- purpose: differences of a pair that were open at the last close, as they stood: what a pair that cannot be judged today shows
-- reads: prior_break
-- writes: delivery_standing
-- parameters: $pair
-- invariant: one row per open break of the pair at the last close
select
    pair, code, programme_id, global_id, business_key, left_ref, right_ref, left_points, right_points, left_amount, right_amount, currency, explanation
from prior_break
where pair = $pair and status <> 'closed' and business_date = (select max(business_date) from prior_break)
