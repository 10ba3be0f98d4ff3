-- purpose: the loyalty side: every event (and entry of ours) the ladder judges today, once per ledger that must carry it, with its money in that ledger's measure
-- reads: loyalty_event, event_value, prior_event_value, event_ledger_own_entry, event_ledger_active_event, event_ledger_partner, event_ledger_rest, event_ledger_scope
-- writes: event_ledger_left
-- parameters: $first_day
-- invariant: one row per event and ledger; owed is +; points and amount are never NULL
with concerned as (
    select event_id from event_ledger_active_event
    union
    select event_id from event_ledger_partner
),
deferring as (select distinct programme_id from event_ledger_scope where measure = 'deferred'),
deferral as (
    select v.event_id, v.deferred_amount
    from event_value as v semi join deferring as p on p.programme_id = v.programme_id semi join concerned as c on c.event_id = v.event_id
    union all
    select v.event_id, v.deferred_amount
    from prior_event_value as v semi join deferring as p on p.programme_id = v.programme_id semi join concerned as c on c.event_id = v.event_id
),
deferral_of as (select event_id, sum(deferred_amount) as deferred_amount from deferral group by all),
event as (
    select
        e.event_id, e.programme_id, e.global_id, e.kind, e.effective_date, e.business_date, e.points, nullif(e.currency, '') as currency,
        case when e.points < 0 then -e.face_amount else e.face_amount end as face_amount, d.deferred_amount,
        nullif(e.order_id, '') as order_id, nullif(e.transfer_id, '') as transfer_id, coalesce(e.earn_class, '') as earn_class, e.occurred_at, false as is_own_entry
    from loyalty_event as e
    semi join concerned as c on c.event_id = e.event_id
    left join deferral_of as d on d.event_id = e.event_id
    -- of the window's events all but these are settled
    where e.business_date < $first_day or e.event_id in (select event_id from event_ledger_rest)
    union all
    select
        o.event_id, o.programme_id, null as global_id, o.kind, o.effective_date, o.business_date, o.points, nullif(o.currency, '') as currency,
        o.face_amount, o.deferred_amount, null as order_id, null as transfer_id, '' as earn_class, null as occurred_at, true as is_own_entry
    from event_ledger_own_entry as o
    semi join concerned as c on c.event_id = o.event_id
),
measured as (
    select
        e.event_id, e.programme_id, e.global_id, e.kind, e.effective_date, e.business_date, e.points, e.order_id, e.transfer_id, e.earn_class, e.occurred_at, e.is_own_entry,
        s.ledger_id, s.company_id, s.account, s.measure, s.tolerance, s.posting_days, s.value_places, s.value_mode, s.go_live, s.timezone,
        coalesce(e.currency, s.currency) as currency,
        s.begins_on is null or due_on(e.business_date, s.posting_days) >= s.begins_on as is_due_in_ledger,
        units4(coalesce(case s.measure when 'deferred' then e.deferred_amount else e.face_amount end, 0)) as units,
        [10000, 1000, 100, 10, 1][s.value_places + 1]::hugeint as step
    from event as e
    join event_ledger_scope as s on s.programme_id = e.programme_id
)
select
    * exclude (units, step),
    from_units4((case when units < 0 then -1 else 1 end) * rounded_quotient(abs(units), step, value_mode) * step)::decimal(18, 4) as amount
from measured
