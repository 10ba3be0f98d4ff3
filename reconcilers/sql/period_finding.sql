-- purpose: what entered the books today and belongs to a period that somebody closed: late events and lines (CL-03), reversals that cross it (RV-04)
-- reads: loyalty_event, event_value, ledger_line, closed_period, programme, programme_account, break_work
-- writes: period_finding
-- parameters: $as_of_date
-- invariant: one row per pair, business key and currency; both sides are equal, so no total of differences changes
with late_event as (
    select
        e.event_id as business_key, e.programme_id, e.global_id, e.event_id as left_ref, null as right_ref, e.points,
        case when e.points < 0 then -e.face_amount else e.face_amount end as amount, e.currency, p.period_id,
        e.kind || ' ' || e.event_id || ' of ' || e.effective_date || ' entered today' as says,
        -- what the period's books lacked need not be its face value: points that were sold defer their whole price, points given free may accrue a cost
        greatest(abs(v.deferred_amount), abs(v.cost_amount)) as booked_amount
    from loyalty_event as e
    join closed_period as p on e.effective_date between p.first_day and p.last_day
    left join event_value as v on v.event_id = e.event_id
    where e.business_date = $as_of_date
),
liability as (
    select distinct g.company_id, a.account from programme_account as a join programme as g on g.programme_id = a.programme_id where a.role = 'liability'
),
line_today as (
    select l.*, concat_ws('/', l.ledger_id, l.company_id, l.document_id, l.line_id) as ref, p.period_id
    from ledger_line as l
    join closed_period as p on l.posting_date between p.first_day and p.last_day
    join liability as a on a.company_id = l.company_id and a.account = l.account
    where l.business_date = $as_of_date and not coalesce(l.is_tax_line, false)
),
late_line as (
    select
        coalesce(e.event_id, l.ref) as business_key, coalesce(l.programme_id, e.programme_id) as programme_id, coalesce(e.global_id, l.global_id) as global_id,
        null as left_ref, l.ref as right_ref, -l.points as points, -l.amount as amount, l.currency, l.period_id,
        'ledger line ' || l.ref || ' was posted on ' || l.posting_date || ' and entered today' as says
    from line_today as l
    left join loyalty_event as e on e.event_id = l.event_id
),
changed as (
    select 'event_ledger' as pair, 'CL-03' as code, * from late_event
    union all
    select 'event_ledger' as pair, 'CL-03' as code, *, null as booked_amount from late_line
    union all
    select
        'order_event' as pair, 'RV-04' as code, coalesce(nullif(o.order_id, ''), nullif(r.order_id, ''), r.reverses_event_id) as business_key,
        r.programme_id, r.global_id, o.event_id as left_ref, r.event_id as right_ref, r.points,
        case when r.points < 0 then -r.face_amount else r.face_amount end as amount, r.currency, p.period_id,
        'reversal ' || r.event_id || ' of ' || r.effective_date || ' takes back ' || o.event_id || ' of ' || o.effective_date as says, null as booked_amount
    from loyalty_event as r
    join loyalty_event as o on o.event_id = r.reverses_event_id
    join closed_period as p on o.effective_date between p.first_day and p.last_day
    where r.business_date = $as_of_date and r.effective_date > p.last_day
),
told as (
    select
        pair, code, business_key, currency, min(programme_id) as programme_id, min(global_id) as global_id,
        array_to_string(list_sort(list(distinct left_ref) filter (where left_ref is not null)), ';') as left_ref,
        array_to_string(list_sort(list(distinct right_ref) filter (where right_ref is not null)), ';') as right_ref,
        -- one event seen from both sides is one change
        coalesce(sum(points) filter (where left_ref is not null), sum(points)) as points,
        coalesce(sum(amount) filter (where left_ref is not null), sum(amount)) as amount,
        coalesce(max(booked_amount), 0) as booked_amount,
        string_agg(distinct says, '; ' order by says) || '; period ' || string_agg(distinct period_id, ', ' order by period_id) || ' is closed' as says
    from changed
    group by all
)
select
    t.pair, t.code, t.programme_id, t.global_id, t.business_key, t.left_ref, t.right_ref, t.points as left_points, t.points as right_points,
    t.amount as left_amount, t.amount as right_amount, t.currency,
    t.says || case when t.code = 'CL-03' and greatest(abs(t.amount), t.booked_amount) >= w.prior_period_error_amount then '; possible prior-period error' else '' end as explanation
from told as t
cross join break_work as w
