-- purpose: which entries each row of a reversal or of an arrears repayment takes back, latest entry first, in units
-- reads: tax_open, allocation_draft, loyalty_event, tax_reward
-- writes: tax_take
-- parameters: $as_of_date
-- invariant: pieces of one entry never overlap and never exceed what is left of it
with arrears_type as (
    select distinct redemption_event_id, tax_type from tax_open where starts_with(lot_id, 'ARREARS/')
),
handed_over as (
    select
        sha(concat_ws('|', a.event_id, a.redemption_event_id, a.lot_id, t.tax_type, a.sequence::varchar, '')) as tax_entry_id,
        a.redemption_event_id,
        a.lot_id,
        t.tax_type,
        units4(a.points) as units,
        $as_of_date as entered_on,
        a.sequence
    from allocation_draft as a
    join arrears_type as t on t.redemption_event_id = a.redemption_event_id
    where a.points > 0 and a.event_id <> a.redemption_event_id
),
entry as (
    select tax_entry_id, redemption_event_id, lot_id, tax_type, units4(points) as units, entered_on, sequence from tax_open
    union all
    select tax_entry_id, redemption_event_id, lot_id, tax_type, units, entered_on, sequence from handed_over
),
entry_span as (
    select
        *,
        sum(units) over (
            partition by redemption_event_id, lot_id, tax_type
            order by entered_on desc, sequence desc, tax_entry_id
            rows between unbounded preceding and current row
        ) as span_to
    from entry
),
claim as (
    select a.event_id, a.redemption_event_id, a.lot_id, a.sequence, e.effective_date, e.occurred_at, -units4(a.points) as units
    from allocation_draft as a
    join loyalty_event as e on e.event_id = a.event_id
    semi join tax_reward as r on r.redemption_event_id = a.redemption_event_id
    where a.points < 0
),
claim_span as (
    select
        *,
        sum(units) over (
            partition by redemption_event_id, lot_id
            order by occurred_at, event_id, sequence
            rows between unbounded preceding and current row
        ) as span_to
    from claim
)
select
    c.event_id, c.redemption_event_id, c.lot_id, c.sequence, c.effective_date, c.occurred_at, s.tax_type,
    s.tax_entry_id as reversal_of,
    greatest(c.span_to - c.units, s.span_to - s.units) - (s.span_to - s.units) as piece_from,
    least(c.span_to, s.span_to) - (s.span_to - s.units) as piece_to,
    s.units as entry_units
from claim_span as c
join entry_span as s on s.redemption_event_id = c.redemption_event_id and s.lot_id = c.lot_id
where least(c.span_to, s.span_to) > greatest(c.span_to - c.units, s.span_to - s.units)
