-- purpose: the orders to judge today: those with arrivals in the window, and those with a difference open at the last close
-- reads: payment, loyalty_event, order_event_link, order_event_window, prior_break
-- writes: order_event_key
-- parameters: none
-- invariant: one row per order; a reversed event without order stands for itself
with arrived as (
    select order_id as order_key, true as has_order from payment where business_date >= (select first_day from order_event_window)
    union all
    select order_id as order_key, true as has_order
    from loyalty_event
    where kind <> 'reversal' and order_id is not null and business_date >= (select first_day from order_event_window)
    union all
    select event_id as order_key, false as has_order
    from loyalty_event
    where kind <> 'reversal' and order_id is null and business_date >= (select first_day from order_event_window)
        and event_id in (select root_id from order_event_link)
    union all
    select order_key, has_order from order_event_link where business_date >= (select first_day from order_event_window)
),
still_open as (
    select b.business_key as order_key, h.has_order
    from prior_break as b
    cross join (values (true), (false)) as h (has_order)
    where b.pair = 'order_event' and b.status <> 'closed' and b.business_date = (select max(business_date) from prior_break)
)
select distinct order_key, has_order from (select * from arrived union all select * from still_open)
