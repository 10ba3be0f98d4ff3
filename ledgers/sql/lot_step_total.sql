-- purpose: change of each lot by this step
-- reads: lot_step
-- writes: lot_step_total
-- parameters: none
-- invariant: one row per lot and holder
select lot_id, global_id, sum(points)::decimal(18, 4) as points
from lot_step
group by lot_id, global_id
