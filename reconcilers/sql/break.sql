-- purpose: the register: every difference open today, with id, age and urgency, and those that closed today because their cause went away
-- reads: finding, prior_break, break_code, break_work, loyalty_event, ledger_line
-- writes: break
-- parameters: $as_of_date
-- invariant: one row per break_id, a hash of programme, pair, code, business key and currency: a change of code closes one id and opens another;
--   difference = left - right; first_seen is kept on reopening
with found as (
    select
        sha(concat_ws('|', coalesce(f.programme_id, ''), f.pair, f.code, f.business_key, coalesce(f.currency, ''))) as break_id,
        f.*, coalesce(f.left_points, 0) - coalesce(f.right_points, 0) as difference_points,
        coalesce(f.left_amount, 0) - coalesce(f.right_amount, 0) as difference_amount,
        greatest(abs(coalesce(f.left_amount, 0)), abs(coalesce(f.right_amount, 0))) as larger,
        c.queue, c.blocks_signoff, case when f.code = 'TM-01' then 'expected' else 'open' end as status
    from finding as f
    join break_code as c on c.code = f.code
),
before as (
    select * from prior_break where status <> 'closed' and business_date = (select max(business_date) from prior_break)
),
seen as (
    select break_id, min(first_seen) as first_seen from prior_break semi join found using (break_id) group by break_id
),
known_key as (
    -- the same thing under another code yesterday (in transit, then missing) keeps its effective date
    select pair, business_key, coalesce(currency, '') as currency, min(effective_date) as effective_date from before group by all
),
event_today as (
    select event_id, effective_date from loyalty_event where business_date = $as_of_date
),
line_today as (
    select concat_ws('/', ledger_id, company_id, document_id, line_id) as ref, effective_date from ledger_line where business_date = $as_of_date
),
dated as (
    select
        f.*, coalesce(s.first_seen, $as_of_date) as first_seen,
        coalesce(k.effective_date, e.effective_date, l.effective_date, s.first_seen, $as_of_date) as effective_date
    from found as f
    left join seen as s on s.break_id = f.break_id
    left join known_key as k on k.pair = f.pair and k.business_key = f.business_key and k.currency = coalesce(f.currency, '')
    left join event_today as e on e.event_id = f.business_key
    left join line_today as l on l.ref = f.business_key
),
weighed as (
    select
        d.*, w.low_days, w.medium_days, w.high_days, w.critical_days,
        least(
            3,
            case
                when abs(d.difference_amount) >= w.critical_amount then 3
                when abs(d.difference_amount) >= w.high_amount or d.queue = 'security' then 2
                when d.blocks_signoff then 1
                else 0
            end + case when $as_of_date - d.effective_date > w.escalate_days then 1 else 0 end
        ) as weight
    from dated as d
    cross join break_work as w
),
standing as (
    select
        *, case larger when 0 then null else from_units12(div_half_up(units4(abs(difference_amount)) * 1000000000000::hugeint, units4(larger))) end
        as relative_difference,
        case weight when 3 then 'critical' when 2 then 'high' when 1 then 'medium' else 'low' end as severity,
        first_seen + case weight when 3 then critical_days when 2 then high_days when 1 then medium_days else low_days end::integer as due_date,
        null as decision, null as decided_by, null as decision_reason
    from weighed
),
closing as (
    select b.* replace ('closed' as status, false as blocks_signoff)
    from before as b
    anti join found as f on f.break_id = b.break_id
),
today as (
    select * from standing
    union all by name
    select * from closing
)
select * replace ($as_of_date - first_seen as age_days), $as_of_date - effective_date as effective_age_days from (select * exclude (effective_age_days) from today)
