-- purpose: what a step changes of each lot, with the units the lot holds after each change
-- reads: lot_step, lot_held
-- writes: lot_recorded
-- parameters: none
-- invariant: one row per row of the step
select s.*, h.remaining_points + sum(s.points) over (partition by s.held_no order by s.event_no, s.part_no, s.row_no rows unbounded preceding) as after_points
from lot_step s
join lot_held h on h.held_no = s.held_no
