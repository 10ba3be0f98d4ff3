-- purpose: one line per order and programme with everything the codes of order_event ask for
-- reads: order_event_event, order_event_twin, order_event_paid, order_event_pro_rata, programme, programme_value
-- writes: order_event_order
-- parameters: $as_of_date
-- invariant: one row per order (or reversed event without order) and programme
with rate_today as (
    select programme_id, value from programme_value where parameter = 'value_per_point' and $as_of_date between effective_from and effective_to
),
marked as (
    select
        e.*, coalesce(t.is_corrected, false) as is_corrected, coalesce(t.copy_no, 1) as copy_no, coalesce(t.standing, 1) as standing,
        coalesce(r.is_corrected, false) as corrects_copy
    from order_event_event as e
    left join order_event_twin as t on t.event_id = e.event_id
    left join order_event_twin as r on r.event_id = e.root_id
),
summed as (
    select
        order_key, has_order, programme_id, min(currency) as event_currency, case when min(global_id) = max(global_id) then min(global_id) end as global_id,
        refs_text(event_id) as event_refs,
        count(*) filter (where kind = 'accrual') as accrual_count,
        count(*) filter (where kind = 'reversal') as reversal_count,
        count(*) filter (where kind = 'redemption') as redemption_count,
        -- DU-02: copies standing under two ids
        coalesce(sum(case when standing > 1 and not is_corrected and copy_no = 1 then points end), 0) as one_points,
        coalesce(sum(case when standing > 1 and not is_corrected and copy_no <= standing then points end), 0) as twin_points,
        count(*) filter (where standing > 1 and not is_corrected) as twin_count,
        -- FR-01: purchases whose points still stand
        coalesce(sum(case when kind = 'accrual' and earn_class = 'purchase' and undone_points < points then points end), 0) as purchase_points,
        coalesce(sum(case when kind = 'accrual' and earn_class = 'purchase' and undone_points < points then transaction_amount end), 0) as purchase_amount,
        count(*) filter (where kind = 'accrual' and earn_class = 'purchase' and undone_points < points) as purchase_count,
        -- RV-02: more taken back than there was
        coalesce(sum(case when kind <> 'reversal' and (abs(undone_points) > abs(points) or undone_points * sign(points) < 0) then -points end), 0) as exceeded_points,
        coalesce(sum(case when kind <> 'reversal' and (abs(undone_points) > abs(points) or undone_points * sign(points) < 0) then -undone_points end), 0)
            as exceeding_points,
        count(*) filter (where kind <> 'reversal' and (abs(undone_points) > abs(points) or undone_points * sign(points) < 0)) as exceeded_count,
        coalesce(sum(case when kind = 'accrual' and not is_corrected then points end), 0) as earned_points,
        coalesce(-sum(case when kind = 'reversal' and root_kind = 'accrual' and not corrects_copy then points end), 0) as reversed_points,
        -- AM-08: goods of the order as loyalty was told, copies once
        sum(case when kind = 'accrual' and earn_class in ('purchase', 'purchased') and copy_no = 1 then transaction_amount end) as told_amount
    from marked
    group by order_key, has_order, programme_id
)
select
    s.*, coalesce(p.currency, s.event_currency, g.currency) as currency, p.currency is not null as has_payment, coalesce(p.sale_count, 0) as sale_count,
    coalesce(p.sale_amount, 0)::decimal(38, 4) as sale_amount, coalesce(p.sale_net, 0)::decimal(38, 4) as sale_net,
    coalesce(p.refund_amount, 0)::decimal(38, 4) as refund_amount, coalesce(p.due_amount, 0)::decimal(38, 4) as due_amount, p.payment_refs,
    r.asked_points, r.allowed_points, r.least_points, r.most_points, coalesce(v.value, 0)::decimal(38, 12) as value_per_point
from summed as s
left join order_event_paid as p on s.has_order and p.order_key = s.order_key and p.programme_id = s.programme_id
left join order_event_pro_rata as r on s.has_order and r.order_key = s.order_key and r.programme_id = s.programme_id
left join programme as g on g.programme_id = s.programme_id
left join rate_today as v on v.programme_id = s.programme_id
