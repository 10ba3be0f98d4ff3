-- purpose: every code that holds for an order, in the contract's order: DU-02, FR-01, RV-02, RV-01, RV-03, AM-01, AM-08
-- reads: order_event_order
-- writes: order_event_verdict
-- parameters: none
-- invariant: rank 1 is the most specific; one row per order, programme and code
with verdict as (
    select
        *, 1 as rank, 'DU-02' as code, one_points as left_units, twin_points as right_units, cast(null as decimal(38, 4)) as left_money,
        cast(null as decimal(38, 4)) as right_money,
        'The same movement of ' || points_text(one_points) || ' units stands under ' || twin_count || ' event ids' as says
    from order_event_order where has_order and twin_count > 0
    union all
    select
        *, 2, 'FR-01', 0, purchase_points, 0, purchase_amount,
        points_text(purchase_points) || ' units were earned on a purchase of ' || money_text(purchase_amount) || ' ' || currency || ' but the order has no sale payment'
    from order_event_order where has_order and purchase_count > 0 and sale_count = 0
    union all
    select
        *, 3, 'RV-02', case when exceeded_count > 0 then exceeded_points else -earned_points end,
        case when exceeded_count > 0 then exceeding_points else -reversed_points end, null, null,
        'Reversals took back ' || points_text(abs(case when exceeded_count > 0 then exceeding_points else reversed_points end)) || ' units of an original of '
            || points_text(abs(case when exceeded_count > 0 then exceeded_points else earned_points end))
    from order_event_order where exceeded_count > 0 or (has_order and earned_points > 0 and reversed_points > earned_points)
    union all
    select
        *, 4, 'RV-01', -asked_points, -reversed_points, null, null,
        money_text(due_amount) || ' of ' || money_text(sale_amount) || ' ' || currency || ' was refunded, which takes back ' || points_text(asked_points) || ' of '
            || points_text(earned_points) || ' units, but ' || case when reversed_points = 0 then 'none' else points_text(reversed_points) end || ' were reversed'
    from order_event_order where has_order and due_amount > 0 and reversed_points < least_points
    union all
    select
        *, 5, 'RV-03', 0, 0, sale_amount - refund_amount, 0,
        money_text(refund_amount) || ' ' || currency || ' was refunded in money although only ' || money_text(sale_amount) || ' was paid'
    from order_event_order where has_order and refund_amount > sale_amount and (sale_count > 0 or redemption_count > 0)
    union all
    select
        *, 6, 'AM-01', -allowed_points, -reversed_points, null, null,
        points_text(reversed_points) || ' units were reversed although a refund of ' || money_text(refund_amount) || ' of ' || money_text(sale_amount) || ' ' || currency
            || ' takes back ' || points_text(allowed_points)
    from order_event_order where has_order and refund_amount > 0 and reversed_points > most_points
    union all
    select
        *, 7, 'AM-08', 0, 0, sale_net, told_amount,
        'Sale payments without tax are ' || money_text(sale_net) || ' ' || currency || ' but the accrual was told ' || money_text(told_amount)
    from order_event_order where has_order and sale_count > 0 and told_amount is not null and currency = event_currency and sale_net <> told_amount
)
select
    order_key, has_order, programme_id, global_id, currency, payment_refs, event_refs, rank, code, left_units, right_units,
    -- units in money at the face value of the day, where the code is about units
    coalesce(left_money, from_units4(div_half_up(units4(left_units) * units12(value_per_point), 1000000000000::hugeint))) as left_money,
    coalesce(right_money, from_units4(div_half_up(units4(right_units) * units12(value_per_point), 1000000000000::hugeint))) as right_money,
    says
from verdict
