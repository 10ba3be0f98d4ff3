-- purpose: findings of the pair: balances that differ from their events, balances that cannot be, lots that should have expired, lots other than the platform's
-- reads: balance_events_row, balance_events_past_date, balance_events_trace, delivery_standing
-- writes: balance_events_difference
-- parameters: $judged, $lots_judged
-- invariant: one row per business key, currency and code; BL-02 may stand beside BL-01
with differing as (
    select
        coalesce(identity_code, 'BL-01') as code, programme_id, global_id, currency, left_points, right_points,
        case
            when left_points is null then 'is not in the loyalty balances although its events add up to ' || points_text(right_points) || ' points'
            when right_points is null then 'has a balance of ' || points_text(left_points) || ' points but no events'
            else 'has a balance of ' || points_text(left_points) || ' but its events add up to ' || points_text(right_points) || ' points'
        end as says,
        case identity_code
            when 'ID-01' then ' With the member it was merged with or split from it agrees.' when 'ID-02' then ' Its identity has ended.' else ''
        end as note
    from balance_events_row where is_different
    union all
    select
        'BL-02', programme_id, global_id, currency, left_points, right_points,
        case
            when is_negative then 'has a negative balance of ' || points_text(least(coalesce(left_points, right_points), coalesce(right_points, left_points))) || ' points'
            else 'has a balance of ' || points_text(greatest(coalesce(left_points, right_points), coalesce(right_points, left_points)))
                || ' points, above the cap of ' || points_text(max_balance) || ' points'
        end, ''
    from balance_events_row where is_negative or is_above_cap
)
select
    'balance_events' as pair, code, programme_id, global_id, programme_id || '/' || global_id as business_key,
    case when left_points is not null then programme_id || '/' || global_id end as left_ref,
    case when right_points is not null then programme_id || '/' || global_id end as right_ref,
    coalesce(left_points, 0) as left_points, coalesce(right_points, 0) as right_points, 0 as left_amount, 0 as right_amount, currency,
    'Member ' || global_id || ' of ' || programme_id || ' ' || says || '.' || note as explanation
from differing
where $judged
union all
select
    'balance_events', 'MS-04', programme_id, global_id, lot_id, lot_id, null, points, 0, amount, 0, currency,
    'Lot ' || lot_id || ' could last be used on ' || expires_on || ' and still holds ' || points_text(points) || ' units: no expiry was delivered.'
from balance_events_past_date
where $lots_judged
union all
select pair, code, programme_id, global_id, business_key, left_ref, right_ref, left_points, right_points, 0, 0, currency, explanation
from balance_events_trace
union all
-- a side without delivery closes nothing: what stood at the last close stands
select
    pair, code, programme_id, global_id, business_key, left_ref, right_ref, left_points, right_points, left_amount, right_amount, currency, explanation
from delivery_standing
where code <> 'LT-01' and case when code = 'MS-04' then not $lots_judged else not $judged end
