-- purpose: proof for event_ledger: differences of verdicts and of lines add up to left total - right total, per currency
-- reads: event_ledger_verdict, event_ledger_settled, event_ledger_carrier, event_ledger_batch, event_ledger_loose, event_ledger_line_finding
-- writes: finding_conservation
-- parameters: none
-- invariant: no rows: all money is in exactly one place
with foreign_event as (select event_id, ledger_id from event_ledger_verdict where is_foreign),
left_total as (
    select currency, sum(amount) as amount
    from (
        select currency, amount from event_ledger_verdict where not is_foreign
        union all
        -- members of batches looked at today that the exact passes settled; lines that settled an event of their own are equal to it
        select currency, amount from event_ledger_settled where line_id is null
    )
    group by all
),
right_part as (
    -- lines that carry an event, each once
    select k.currency, sum(k.amount) as amount
    from event_ledger_carrier as k
    anti join foreign_event as f on f.event_id = k.event_id and f.ledger_id = k.ledger_id
    where k.rung = 'exact_id'
    group by all
    union all
    -- batches looked at today, as the ledger has them; of the others the members looked at, as the manifest has them
    select currency, sum(amount) as amount from event_ledger_batch where is_active group by all
    union all
    select k.currency, sum(k.amount) as amount
    from event_ledger_carrier as k
    join event_ledger_batch as b on not b.is_active and k.carrier = 'batch ' || b.batch_id || ' ' || b.unit_document and b.ledger_id = k.ledger_id
    anti join foreign_event as f on f.event_id = k.event_id and f.ledger_id = k.ledger_id
    where k.rung = 'manifest'
    group by all
    union all
    select currency, sum(amount) as amount from event_ledger_loose group by all
    union all
    select f.currency, sum(f.right_amount) as amount
    from event_ledger_line_finding as f
    where f.code = 'MS-02' and f.business_key not in (select ref from event_ledger_loose) and f.business_key not in (select refs[1] from event_ledger_batch)
    group by all
),
right_total as (select currency, sum(amount) as amount from right_part group by all),
difference_part as (
    select currency, sum(amount - right_amount) as amount from event_ledger_verdict where not is_foreign group by all
    union all
    select currency, sum(left_amount - right_amount) as amount from event_ledger_line_finding group by all
),
difference as (select currency, sum(amount) as amount from difference_part group by all),
currency_met as (select currency from left_total union select currency from right_total union select currency from difference),
compared as (
    select c.currency, coalesce(l.amount, 0) - coalesce(r.amount, 0) as sides, coalesce(d.amount, 0) as named
    from currency_met as c
    left join left_total as l on l.currency = c.currency
    left join right_total as r on r.currency = c.currency
    left join difference as d on d.currency = c.currency
    -- a batch in another currency than its members is a difference of rate, not of rows
    where c.currency not in (select k.currency from event_ledger_carrier as k join foreign_event as f on f.event_id = k.event_id and f.ledger_id = k.ledger_id)
        and c.currency not in (select v.currency from event_ledger_verdict as v where v.is_foreign)
)
select currency, sides, named from compared where sides <> named
