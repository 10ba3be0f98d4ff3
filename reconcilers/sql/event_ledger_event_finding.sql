-- purpose: one finding per event and currency: the ledger with the most specific code speaks, the others are named
-- reads: event_ledger_verdict
-- writes: event_ledger_event_finding
-- parameters: none
-- invariant: one row per event and currency
with found as (
    select
        *,
        -- inside one ledger TM-01 stands alone; what one ledger still expects hides no break of another
        list_position(
            ['CL-01', 'MS-01', 'MS-03', 'MS-04', 'DU-01', 'TM-02', 'CL-02', 'AM-01', 'AM-06', 'AM-04', 'AM-02', 'TM-01', 'AM-03'], code
        ) as code_rank,
        kind || ' ' || event_id as name,
        amount - right_amount as difference_amount,
        points - right_points as difference_points,
        case when excuse = '' and ledger_points is null and not is_absent then '' else points_text(abs(points)) || ' points, ' end as points_phrase
    from event_ledger_verdict
    where code is not null
),
worded as (
    select
        *,
        case
            when code = 'CL-01' then
                name || ' of ' || money_text(amount) || ' ' || currency || ' is not on account ' || account || ' of company ' || company_id || '; '
                || elsewhere_refs[1] || ' carries it on account ' || elsewhere_account || ' of company ' || elsewhere_company
            when code = 'TM-01' then
                name || ' (' || points_phrase || money_text(amount) || ' ' || currency || ') is not in the ledger yet; it is due at the close of '
                || due_on(effective_date, posting_days)::varchar
            when code in ('MS-01', 'MS-03', 'MS-04') then
                name || ' (' || points_phrase || money_text(amount) || ' ' || currency || ') of ' || effective_date::varchar || ' is not in the ledger'
                || case when carrier_count > 0 then '; its entries cancel one another' else '' end
            when code = 'DU-01' then
                carrier_count::varchar || ' documents or batches carry ' || name || ': the ledger has ' || money_text(right_amount) || ' ' || currency
                || ', loyalty ' || money_text(amount) || ' ' || currency
            when code = 'TM-02' then
                name || ' of business day ' || effective_date::varchar || ' is posted on ' || shifted_posting_date::varchar
                || ': the ledger counts its day by another cut-off or time zone'
            when code = 'CL-02' then
                name || ' of ' || effective_date::varchar || ' is posted in another period, on ' || wrong_posting_date::varchar
            when code = 'AM-01' then
                'the ledger is ' || points_text(abs(difference_points)) || ' points ' || case when difference_points < 0 then 'higher' else 'lower' end
                || ' than loyalty for ' || name
                || case when difference_amount = 0 then ' (money agrees)' else ' (money differs by ' || money_text(abs(difference_amount)) || ' ' || currency || ')' end
            when code = 'AM-06' and lacks_rate then
                'the ledger carries ' || name || ' in another currency and there is no rate into ' || currency || ' for ' || effective_date::varchar
            else
                'the ledger is ' || money_text(abs(difference_amount)) || ' ' || currency || ' ' || case when difference_amount < 0 then 'higher' else 'lower' end
                || ' than loyalty for ' || name
                || case
                    when ledger_points is null then ''
                    when difference_points = 0 then ' (points agree)'
                    else ' (points differ by ' || points_text(abs(difference_points)) || ')'
                end
                || case
                    when code = 'AM-04' then '; ' || regexp_replace(other_value::varchar, '\.?0+$', '') || ' ' || currency || ' a point, in force '
                        || case when other_from = date '0001-01-01' then 'at first' else 'from ' || other_from::varchar end || ', explains it'
                    when code = 'AM-06' then ', converted at the rate of its date'
                    when code = 'AM-03' then ', within tolerance'
                    else ''
                end
        end as sentence
    from found
),
ranked as (
    select
        *,
        row_number() over by_code as place,
        count(*) over (partition by event_id, currency) as ledger_count,
        list(ledger_id || ' ' || code) over (
            partition by event_id, currency order by code_rank, ledger_id rows between unbounded preceding and unbounded following
        ) as ledger_codes
    from worded
    window by_code as (partition by event_id, currency order by code_rank, ledger_id)
)
select
    'event_ledger' as pair, code, programme_id, global_id, event_id as business_key,
    event_id as left_ref,
    array_to_string(case when code = 'CL-01' then elsewhere_refs else refs end, ';') as right_ref,
    -- a ledger that keeps no quantity says nothing about points
    case when ledger_points is null and not is_absent then null else points end as left_points,
    case when ledger_points is null and not is_absent then null else right_points end as right_points,
    amount as left_amount, right_amount, currency,
    sentence
    || case when len(codes) > 1 then '; also ' || array_to_string(codes[2:], ', ') else '' end
    || case when ledger_count > 1 then '; in ledger ' || ledger_id || ', also ' || array_to_string(ledger_codes[2:], ', ') else '' end as explanation
from ranked
where place = 1
