-- purpose: passes exact_id and manifest over all arrivals of the window at once: every event with the one line, or the one posted batch, that names it
-- reads: loyalty_event, event_value, prior_event_value, ledger_line, posting_manifest, event_ledger_scope, event_ledger_netted, event_ledger_doubt, event_ledger_open_key, event_ledger_liability
-- writes: event_ledger_named
-- parameters: $first_day
-- invariant: every event of the window and ledger beside each line or batch that names it, and every mention without such an event; owed is +; is_settled where it is
--   named in its units, money and currency, inside its posting window, and nothing about either is in doubt: unless named twice, no other pass can say otherwise
with entry as (
    select
        l.event_id, s.account_no, l.document_id as carrier_id, l.line_id, -l.points as points, -l.amount as amount, l.currency, l.posting_date, l.business_date
    from ledger_line as l
    join event_ledger_liability as s on s.ledger_id = l.ledger_id and s.company_id = l.company_id and s.account = l.account
    anti join event_ledger_netted as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.document_id = l.document_id
    where l.business_date >= $first_day and nullif(l.event_id, '') is not null and not coalesce(l.is_tax_line, false)
),
new_batch as (select batch_id, bool_or(is_changed) as is_changed from event_ledger_doubt where event_id is null and batch_id is not null group by batch_id),
concerned_batch as (
    select batch_id from new_batch
    union
    select batch_id from posting_manifest where business_date >= $first_day
),
posted_batch as (
    -- one document on the account: it carries the members whether or not it adds up
    select
        l.batch_id, s.account_no, min(l.currency) as currency, min(l.posting_date) as posting_date, max(l.business_date) as business_date,
        min(l.document_id) = max(l.document_id) and min(l.currency) = max(l.currency) and not coalesce(bool_or(b.is_changed), false) as is_plain
    from ledger_line as l
    semi join concerned_batch as c on c.batch_id = l.batch_id
    join event_ledger_liability as s on s.ledger_id = l.ledger_id and s.company_id = l.company_id and s.account = l.account
    left join new_batch as b on b.batch_id = l.batch_id
    anti join event_ledger_netted as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.document_id = l.document_id
    where nullif(l.event_id, '') is null and not coalesce(l.is_tax_line, false)
    group by l.batch_id, s.account_no
),
mention as (
    select event_id, account_no, carrier_id, line_id, points, amount, currency, posting_date, business_date, true as is_plain from entry
    union all
    select
        m.event_id, b.account_no, m.batch_id as carrier_id, null as line_id, m.points, m.amount, b.currency, b.posting_date,
        greatest(m.business_date, b.business_date) as business_date, b.is_plain
    from posting_manifest as m
    join posted_batch as b on b.batch_id = m.batch_id
    where m.business_date >= $first_day or m.batch_id in (select batch_id from new_batch)
),
in_doubt as (
    select business_key as event_id from event_ledger_open_key
    union
    select event_id from event_ledger_doubt where event_id is not null
),
deferring as (select distinct programme_id from event_ledger_scope where measure = 'deferred'),
deferral as (
    select event_id, sum(deferred_amount) as deferred_amount
    from (
        select v.event_id, v.deferred_amount from event_value as v semi join deferring as p on p.programme_id = v.programme_id
        union all
        select v.event_id, v.deferred_amount from prior_event_value as v semi join deferring as p on p.programme_id = v.programme_id
        where v.business_date >= $first_day
    )
    group by event_id
),
event as (
    select
        e.event_id, s.account_no, e.points, e.currency, e.effective_date, s.posting_days, e.business_date, s.value_places, s.is_only_ledger, s.is_first_ledger,
        coalesce(case when s.measure = 'deferred' then d.deferred_amount when e.points < 0 then -e.face_amount else e.face_amount end, 0)::decimal(18, 4) as amount,
        coalesce(e.transfer_id, '') <> '' or e.event_id in (select event_id from in_doubt) as is_doubtful
    from loyalty_event as e
    join event_ledger_scope as s on s.programme_id = e.programme_id
    left join deferral as d on d.event_id = e.event_id
    where e.business_date >= $first_day
)
select
    coalesce(e.event_id, k.event_id) as event_id, coalesce(e.account_no, k.account_no) as account_no, k.carrier_id, k.line_id, e.points, e.amount, e.currency,
    e.business_date as event_day, greatest(e.business_date, k.business_date) as entered_on, e.is_only_ledger, e.is_first_ledger,
    coalesce(
        k.is_plain and not e.is_doubtful and k.amount = e.amount and coalesce(k.points, e.points) = e.points and k.currency = e.currency
        -- money that our side would have to round first is not compared here
        and case when e.value_places >= 4 then true else units4(e.amount) % [10000, 1000, 100, 10][e.value_places + 1]::hugeint = 0 end
        and case
            when k.posting_date = e.effective_date then true
            else k.posting_date between e.effective_date and due_on(e.effective_date, e.posting_days)
        end,
        false
    ) as is_settled
from event as e
full join mention as k on k.event_id = e.event_id and k.account_no = e.account_no
