-- purpose: findings keyed by a ledger line: MS-02 and AB-01 for lines without a known event, AM-08 for batches that do not add up to their manifest
-- reads: event_ledger_touched, event_ledger_loose, event_ledger_candidate, event_ledger_grouped, event_ledger_suggestion, event_ledger_batch, event_ledger_liability, event_ledger_netted, event_ledger_verdict, event_ledger_own_entry, loyalty_event
-- writes: event_ledger_line_finding
-- parameters: none
-- invariant: one row per line and currency; AB-01 and AB-02 name MS-02 where a search was not unique or not made; MS-02 before AM-08
with elsewhere_ref as (select unnest(elsewhere_refs) as ref from event_ledger_verdict where elsewhere_refs is not null),
named_line as (
    -- lines that name an event nobody knows, or an event of a programme that does not post to this account
    select
        t.ref, t.ledger_id, t.company_id, t.account, t.event_id, t.global_id, t.points, t.amount, t.currency,
        coalesce(t.programme_id, '') as stated_programme_id,
        case when list_contains(s.programmes, t.programme_id) then t.programme_id else s.programme_id end as programme_id,
        e.event_id is not null as is_known
    from event_ledger_touched as t
    join event_ledger_liability as s on s.ledger_id = t.ledger_id and s.company_id = t.company_id and s.account = t.account
    left join loyalty_event as e on e.event_id = t.event_id
    anti join event_ledger_netted as n on n.ledger_id = t.ledger_id and n.company_id = t.company_id and n.document_id = t.document_id
    where t.event_id is not null and not coalesce(list_contains(s.programmes, e.programme_id), false)
        and t.event_id not in (select event_id from event_ledger_own_entry)
),
stray as (
    select
        'MS-02' as code, ledger_id, company_id, account, stated_programme_id, programme_id, global_id, ref, '' as left_ref, points, amount, currency, cast(0 as decimal(38, 4)) as left_points, cast(0 as decimal(38, 4)) as left_amount,
        'the ledger entry ' || ref || ' of ' || money_text(amount) || ' ' || currency || ' names event ' || event_id
        || case when is_known then ', whose programme does not post to this account' else ', which loyalty does not know' end as explanation
    from named_line
    where ref not in (select ref from elsewhere_ref)
),
choice as (
    select ref, max(events_of_line) as events_of_line, max(lines_of_event) as lines_of_event, min(candidates) as candidates, bool_or(is_settled) as is_settled
    from event_ledger_candidate
    group by all
),
grouped as (select unnest(refs) as ref, outcome, list(event_id order by event_id) as event_ids from event_ledger_grouped group by refs, unit, outcome),
loose as (
    select
        case when c.ref is not null or s.subset_count > 1 then 'AB-01' when not s.is_searched then 'AB-02' else 'MS-02' end as code,
        l.ledger_id, l.company_id, l.account, l.stated_programme_id, l.programme_id, l.global_id, l.ref, coalesce(array_to_string(coalesce(c.candidates, nullif(s.candidates, []), g.event_ids), ';'), '') as left_ref,
        l.points, l.amount, l.currency, cast(0 as decimal(38, 4)) as left_points, cast(0 as decimal(38, 4)) as left_amount,
        'the ledger entry ' || l.ref || ' of ' || money_text(l.amount) || ' ' || l.currency
        || case
            when c.ref is null and l.batch_id is not null then ' is batch ' || l.batch_id || ', which has no manifest'
            when c.ref is null and g.ref is not null
                then ' names no event; with the other lines of its group it equals ' || array_to_string(g.event_ids, ', ') || ' (suggested, to be confirmed by a person)'
            when s.subset_count = 1
                then ' names no event; ' || array_to_string(s.candidates, ', ') || ' together equal it (suggested, to be confirmed by a person)'
            when s.subset_count > 1
                then ' names no event and ' || s.subset_count::varchar || ' sums of events of the member equal it, the first ' || array_to_string(s.candidates, ', ')
            when not s.is_searched
                then ' names no event; ' || s.item_count::varchar || ' events of the member could be part of it, more than are searched; also MS-02'
            when c.ref is null then ' names no event and no event of the member fits it'
            when c.events_of_line > 1 then ' names no event and ' || c.events_of_line::varchar || ' events fit it equally: ' || array_to_string(c.candidates, ', ')
            else ' names no event and ' || c.lines_of_event::varchar || ' entries fit event ' || c.candidates[1] || ' equally'
        end as explanation
    from event_ledger_loose as l
    left join choice as c on c.ref = l.ref
    left join grouped as g on g.ref = l.ref
    left join event_ledger_suggestion as s on s.ref = l.ref
    where not coalesce(c.is_settled, false) and coalesce(g.outcome, '') <> 'confirm'
),
batch as (
    select
        case when coalesce(len(unknown_members), 0) > 0 then 'MS-02' else 'AM-08' end as code,
        ledger_id, company_id, account, programme_id as stated_programme_id, programme_id, null as global_id, refs[1] as ref, batch_id as left_ref,
        points, amount, currency,
        case when points is null then null when carries_members then stated_points else 0 end
        - case when carries_members and coalesce(len(unknown_members), 0) > 0 then unknown_points else 0 end as left_points,
        case when carries_members then stated_amount else 0 end
        - case when carries_members and coalesce(len(unknown_members), 0) > 0 then unknown_amount else 0 end as left_amount,
        case
            when coalesce(len(unknown_members), 0) > 0 then
                'batch ' || batch_id || ' (' || refs[1] || ') holds ' || len(unknown_members)::varchar || ' events loyalty does not know, first '
                || unknown_members[1] || ', together ' || money_text(unknown_amount) || ' ' || currency
                || case when not ties then '; also AM-08' else '' end
            else
                'the ledger has ' || money_text(amount) || ' ' || currency || ' for batch ' || batch_id || ', its manifest adds up to '
                || money_text(stated_amount) || ' ' || currency
                || case when points is not null and points <> stated_points then ' (points ' || points_text(points) || ' and ' || points_text(stated_points) || ')' else '' end
        end as explanation
    from event_ledger_batch
    where is_active and (not ties or (carries_members and coalesce(len(unknown_members), 0) > 0))
)
select
    'event_ledger' as pair, code, programme_id, global_id, ref as business_key, left_ref, ref as right_ref,
    left_points, points as right_points, left_amount, amount as right_amount, currency, explanation,
    ledger_id, company_id, account, stated_programme_id
from (
    select * from stray
    union all by name select * from loose
    union all by name select * from batch
)
