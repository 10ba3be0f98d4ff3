-- purpose: the match that each loose line has from an earlier day, the latest one, where no open break stands against it
-- reads: event_ledger_loose, prior_match, prior_break
-- writes: event_ledger_standing
-- parameters: none
-- invariant: at most one row per line; an open break other than AM-03 against a line or an event of a match suspends it for all its lines
with matched as (
    -- no line was matched before it was posted: so much of the history, and no more, is read
    select
        unnest(string_split(right_refs, ';')) as ref, match_id, rung, rule_id, left_refs, right_refs, business_date
    from prior_match
    where pair = 'event_ledger' and rung in ('composite', 'date_lag', 'group_sum') and business_date >= (select min(posting_date) from event_ledger_loose)
),
latest as (
    select *
    from matched
    where ref in (select ref from event_ledger_loose)
    qualify row_number() over (partition by ref order by business_date desc, match_id) = 1
),
doubted as (
    select distinct business_key
    from prior_break
    where pair = 'event_ledger' and status <> 'closed' and code <> 'AM-03' and business_date = (select max(business_date) from prior_break)
),
suspended as (
    select distinct x.match_id
    from (select match_id, unnest(string_split(left_refs || ';' || right_refs, ';')) as business_key from latest) as x
    semi join doubted as d on d.business_key = x.business_key
)
select ref, match_id, rung, rule_id, left_refs, right_refs from latest where match_id not in (select match_id from suspended)
