-- purpose: tax owed per redemption (hand-overs from arrears included) and per reversal of one
-- reads: redemption_tax_draft, loyalty_event, programme
-- writes: redemption_tax_owed
-- parameters: none
-- invariant: one row per redemption or reversal; owed is +, in a reversal -
with keyed as (
    select
        case when e.kind = 'reversal' then d.event_id else d.redemption_event_id end as event_id,
        coalesce(e.kind = 'reversal', false) as is_reversal, d.*  exclude (event_id)
    from redemption_tax_draft as d
    left join loyalty_event as e on e.event_id = d.event_id
),
by_law as (
    -- units handed over from arrears, or overtaken by a change of the law, no longer stand under the rule they had
    select
        *, nullif(rule_id, '') is null as lacks_rule, rate is null as lacks_rate,
        sum(points) over (partition by event_id, is_reversal, nullif(rule_id, '') is null, rate is null) as units_by_law
    from keyed
),
summed as (
    select
        event_id, is_reversal, min(programme_id) as programme_id, min(global_id) as global_id, min(nullif(order_id, '')) as order_id, min(currency) as currency,
        sum(points) as points, sum(taxable_base) as base, sum(tax_amount) as tax,
        list_sort(list_distinct(list(coalesce(jurisdiction, '')))) as jurisdictions,
        bool_or(lacks_rule and units_by_law <> 0) as lacks_rule, bool_or(lacks_rate and units_by_law <> 0) as lacks_rate
    from by_law
    group by event_id, is_reversal
)
select
    s.*, case when s.is_reversal then 'reversal' else 'redemption' end as kind,
    e.effective_date, p.company_id, p.tolerance, p.posting_days,
    -- a part taken back is a share; a ledger can only book it in coins
    case when s.is_reversal and s.currency = p.currency then p.minor_unit else 4 end as places,
    s.programme_id || '|' || coalesce('order ' || s.order_id, 'event ' || s.event_id) || '|' || s.is_reversal::varchar as bundle
from summed as s
join loyalty_event as e on e.event_id = s.event_id
join programme as p on p.programme_id = s.programme_id
