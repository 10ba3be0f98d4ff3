-- purpose: one finding per order: the most specific code, the others named in its explanation
-- reads: order_event_verdict
-- writes: order_event_difference
-- parameters: none
-- invariant: one row per business key and currency
with ranked as (
    select
        *, row_number() over (partition by order_key, currency order by rank, programme_id, has_order desc) as place,
        string_agg(code, ', ') over (
            partition by order_key, currency order by rank, programme_id, has_order desc rows between 1 following and unbounded following
        ) as other_codes
    from order_event_verdict
)
select
    'order_event' as pair, code, programme_id, global_id, order_key as business_key, payment_refs as left_ref, event_refs as right_ref,
    left_units as left_points, right_units as right_points, left_money as left_amount, right_money as right_amount, currency,
    case when has_order then 'Order ' else 'Event ' end || order_key || ': ' || says || '.' || coalesce(' Also: ' || other_codes || '.', '') as explanation
from ranked
where place = 1
