-- purpose: accruals or redemptions of one order that are equal in line, member, kind, points, class, funder and partner under two ids
-- reads: order_event_event
-- writes: order_event_twin
-- parameters: none
-- invariant: one row per event of a group of two or more; a copy that was fully taken back while another stands is corrected
with eligible as (from order_event_event where has_order and kind in ('accrual', 'redemption') and points <> 0),
several as (select order_key from eligible group by order_key having count(*) > 1),
grouped as (
    select
        event_id, order_key, programme_id, points,
        (undone_points >= points and points > 0) or (undone_points <= points and points < 0) as is_undone,
        count(*) over twins as copies,
        count(*) filter (where not ((undone_points >= points and points > 0) or (undone_points <= points and points < 0))) over twins as standing,
        row_number() over (
            partition by order_key, order_line_id, programme_id, member_id, kind, points, earn_class, funded_by, partner_id
            order by (undone_points >= points and points > 0) or (undone_points <= points and points < 0), occurred_at, event_id
        ) as copy_no
    from eligible
    -- an order with one event, as nearly all are, has no copies
    where order_key in (select order_key from several)
    window twins as (partition by order_key, order_line_id, programme_id, member_id, kind, points, earn_class, funded_by, partner_id)
)
select event_id, order_key, programme_id, points, standing, copy_no, is_undone and standing > 0 as is_corrected
from grouped
where copies > 1
