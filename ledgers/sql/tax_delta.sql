-- purpose: what a back-dated change of the law does to earlier redemptions: the entries it overtakes taken back, and the same units taxed anew
-- reads: prior_tax_draft, tax_draft, tax_reconsidered, tax_reopened
-- writes: tax_delta
-- parameters: $as_of_date
-- invariant: only redemptions and tax types whose rule, treatment or rate changed; units already returned keep the law they were taxed under
with entry as (
    select * exclude (business_date), coalesce(reversal_of, tax_entry_id) as entry_id from prior_tax_draft
    union all by name
    select t.*, coalesce(t.reversal_of, t.tax_entry_id) as entry_id
    from tax_draft as t
    semi join prior_tax_draft as p on p.redemption_event_id = t.redemption_event_id
),
left_over as (
    select
        entry_id,
        sum(points) as points, sum(gross_price) as gross_price, sum(points_value) as points_value, sum(base_before) as base_before,
        sum(base_adjustment) as base_adjustment, sum(taxable_base) as taxable_base, sum(exempt_base) as exempt_base, sum(tax_amount) as tax_amount,
        sum(base_collected) as base_collected, sum(tax_collected) as tax_collected
    from entry
    group by entry_id
    having sum(points) > 0
),
standing as (
    select
        l.*, e.event_id, e.redemption_event_id, e.lot_id, e.sequence, e.order_id, e.effective_date, e.currency, e.programme_id, e.global_id, e.jurisdiction,
        e.tax_type, e.treatment, e.rate, e.rule_id, e.rule_version, e.citation, e.is_reviewed
    from left_over as l
    join entry as e on e.tax_entry_id = l.entry_id and e.reversal_of is null
),
renewed as (
    select n.*, o.units_left, units4(o.points) as units_given
    from tax_reconsidered as n
    join tax_reopened as o on o.redemption_event_id = n.redemption_event_id and o.lot_id = n.lot_id
    where o.units_left > 0
),
law_then as (
    select redemption_event_id, tax_type, list_sort(list_distinct(list(concat_ws('|', lot_id, rule_id, rule_version, treatment, coalesce(rate::varchar, ''))))) as law
    from standing
    group by redemption_event_id, tax_type
),
law_now as (
    select redemption_event_id, tax_type, list_sort(list_distinct(list(concat_ws('|', lot_id, rule_id, rule_version, treatment, coalesce(rate::varchar, ''))))) as law
    from renewed
    group by redemption_event_id, tax_type
),
overtaken as (
    select coalesce(b.redemption_event_id, a.redemption_event_id) as redemption_event_id, coalesce(b.tax_type, a.tax_type) as tax_type
    from law_then as b
    full outer join law_now as a on a.redemption_event_id = b.redemption_event_id and a.tax_type = b.tax_type
    where a.law is distinct from b.law
)
select
    sha(concat_ws('|', s.redemption_event_id, s.redemption_event_id, s.lot_id, s.tax_type, s.sequence::varchar, s.entry_id)) as tax_entry_id,
    s.redemption_event_id as event_id, s.redemption_event_id, s.lot_id, s.sequence, s.order_id, s.effective_date, s.currency, s.programme_id, s.global_id,
    -s.points as points, s.jurisdiction, s.tax_type, s.treatment,
    -s.gross_price as gross_price, -s.points_value as points_value, -s.base_before as base_before, -s.base_adjustment as base_adjustment,
    -s.taxable_base as taxable_base, -s.exempt_base as exempt_base, s.rate, -s.tax_amount as tax_amount, -s.base_collected as base_collected,
    -s.tax_collected as tax_collected, s.rule_id, s.rule_version, s.citation, s.is_reviewed, s.entry_id as reversal_of
from standing as s
semi join overtaken as o on o.redemption_event_id = s.redemption_event_id and o.tax_type = s.tax_type
union all by name
select
    sha(concat_ws('|', r.redemption_event_id, r.redemption_event_id, r.lot_id, r.tax_type, r.sequence::varchar, 'law of ' || $as_of_date::varchar)) as tax_entry_id,
    r.redemption_event_id as event_id, r.redemption_event_id, r.lot_id, r.sequence, r.order_id, r.effective_date, r.currency, r.programme_id, r.global_id,
    from_units4(r.units_left) as points, r.jurisdiction, r.tax_type, r.treatment,
    share_of(r.gross_price, r.units_left, r.units_given) as gross_price,
    share_of(r.points_value, r.units_left, r.units_given) as points_value,
    share_of(r.base_before, r.units_left, r.units_given) as base_before,
    share_of(r.taxable_base, r.units_left, r.units_given) - share_of(r.base_before, r.units_left, r.units_given) as base_adjustment,
    share_of(r.taxable_base, r.units_left, r.units_given) as taxable_base,
    share_of(r.exempt_base, r.units_left, r.units_given) as exempt_base,
    r.rate,
    share_of(r.tax_amount, r.units_left, r.units_given) as tax_amount,
    share_of(r.base_collected, r.units_left, r.units_given) as base_collected,
    share_of(r.tax_collected, r.units_left, r.units_given) as tax_collected,
    r.rule_id, r.rule_version, r.citation, r.is_reviewed, null::varchar as reversal_of
from renewed as r
semi join overtaken as o on o.redemption_event_id = r.redemption_event_id and o.tax_type = r.tax_type
