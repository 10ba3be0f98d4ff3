-- purpose: every member who ever held a lot or arrears, for schedules and exports of all open lots
-- reads: known_lot_schedule, known_lot_movement
-- writes: lot_scope_all
-- parameters: none
-- invariant: one row per programme and member
select programme_id, global_id from known_lot_schedule
union
select programme_id, global_id from known_lot_movement
