-- purpose: tax owed against tax lines per ledger: first each redemption by its own lines, then what is left of an order in one sum
-- reads: redemption_tax_owed, redemption_tax_line
-- writes: redemption_tax_compared
-- parameters: none
-- invariant: one row per redemption (or reversal) and ledger that carries its order; ledger '' where none does;
-- what a reversal takes back in part ties in whole coins too, and is listed (AM-03)
with ledger as (
    select o.event_id, coalesce(l.ledger_id, '') as ledger_id
    from redemption_tax_owed as o
    left join (select distinct bundle, ledger_id from redemption_tax_line) as l on l.bundle = o.bundle
),
own_line as (
    select
        event_id, ledger_id, count(*) as line_count, list(ref order by ref) as refs, sum(tax) as tax, sum(base) as base,
        list_sort(list_distinct(list(jurisdiction) filter (jurisdiction is not null))) as jurisdictions,
        list_sort(list_distinct(list(currency))) as currencies
    from redemption_tax_line
    where event_id is not null
    group by all
),
order_line as (
    select
        bundle, ledger_id, count(*) as line_count, list(ref order by ref) as refs, sum(tax) as tax, sum(base) as base,
        list_sort(list_distinct(list(jurisdiction) filter (jurisdiction is not null))) as jurisdictions,
        list_sort(list_distinct(list(currency))) as currencies
    from redemption_tax_line
    where event_id is null
    group by all
),
alone as (
    select
        o.*, g.ledger_id, coalesce(w.line_count, 0) as own_count, coalesce(w.refs, []) as own_refs, coalesce(w.tax, 0) as own_tax, w.base as own_base,
        coalesce(w.jurisdictions, []) as own_jurisdictions, coalesce(w.currencies, []) as own_currencies,
        coalesce(w.line_count, 0) > 0
        and not beyond_limit(as_booked(o.tax, coalesce(w.tax, 0), o.places), coalesce(w.tax, 0), o.tolerance, o.currency)
        and not beyond_limit(as_booked(o.base, coalesce(w.base, o.base), o.places), coalesce(w.base, o.base), o.tolerance, o.currency)
        and (coalesce(len(w.jurisdictions), 0) = 0 or w.jurisdictions = o.jurisdictions)
        and w.currencies = [o.currency] as ties_alone
    from redemption_tax_owed as o
    join ledger as g on g.event_id = o.event_id
    left join own_line as w on w.event_id = o.event_id and w.ledger_id = g.ledger_id
),
ranked as (
    -- what is owed up to each date of the rewards that do not tie alone
    select
        *,
        sum(tax) over through as tax_through,
        sum(base) over through as base_through,
        sum(own_count) over (partition by bundle, ledger_id) as own_in_all
    from alone
    where not ties_alone
    window through as (partition by bundle, ledger_id order by effective_date range between unbounded preceding and current row)
),
covered as (
    -- lines of the order that settle exactly what was owed up to a date settle just that; what came later still waits for its own
    select r.bundle, r.ledger_id, max(r.effective_date) as covered_to
    from ranked as r
    join order_line as l on l.bundle = r.bundle and l.ledger_id = r.ledger_id
    where r.own_in_all = 0
        and not beyond_tolerance(as_booked(r.tax_through, l.tax, r.places), l.tax, r.tolerance)
        and not beyond_tolerance(as_booked(r.base_through, coalesce(l.base, r.base_through), r.places), coalesce(l.base, r.base_through), r.tolerance)
    group by all
),
waiting as (
    select r.*, coalesce(r.effective_date <= c.covered_to, true) as is_covered
    from ranked as r
    left join covered as c on c.bundle = r.bundle and c.ledger_id = r.ledger_id
),
rest as (
    -- rewards of an order that do not tie alone, against the lines that name only the order and their own
    select
        a.bundle, a.ledger_id, a.is_covered, list(a.event_id order by a.event_id) as event_ids, sum(a.tax) as tax, sum(a.base) as base,
        list_sort(list_distinct(flatten(list(a.jurisdictions)))) as jurisdictions,
        -- a reward that leaves nothing to tax needs no line where it was given
        coalesce(list_distinct(flatten(list(a.jurisdictions) filter (a.tax <> 0 or a.base <> 0))), []) as due_jurisdictions, min(a.currency) as currency, min(a.tolerance) as tolerance, max(a.places) as places,
        sum(a.own_count) as own_count, sum(a.own_tax) as own_tax, sum(a.own_base) as own_base, flatten(list(a.own_refs)) as own_refs,
        list_distinct(flatten(list(a.own_jurisdictions))) as own_jurisdictions, list_distinct(flatten(list(a.own_currencies))) as own_currencies
    from waiting as a
    group by all
),
together as (
    select
        r.bundle, r.ledger_id, r.is_covered, r.event_ids, r.tax as rest_tax, r.base as rest_base,
        coalesce(l.line_count, 0) as order_count,
        list_sort(list_concat(r.own_refs, coalesce(l.refs, []))) as refs,
        r.own_tax + coalesce(l.tax, 0) as tax,
        case when r.own_base is null and l.base is null then null else coalesce(r.own_base, 0) + coalesce(l.base, 0) end as base,
        list_sort(list_distinct(list_concat(r.own_jurisdictions, coalesce(l.jurisdictions, [])))) as jurisdictions,
        list_sort(list_distinct(list_concat(r.own_currencies, coalesce(l.currencies, [])))) as currencies,
        r.own_count + coalesce(l.line_count, 0) as line_count,
        r.jurisdictions as rest_jurisdictions, r.due_jurisdictions, r.currency as rest_currency, r.tolerance, r.places
    from rest as r
    left join order_line as l on l.bundle = r.bundle and l.ledger_id = r.ledger_id and r.is_covered
),
settled as (
    select
        *,
        line_count > 0
        and not beyond_limit(as_booked(rest_tax, tax, places), tax, tolerance, rest_currency)
        and not beyond_limit(as_booked(rest_base, coalesce(base, rest_base), places), coalesce(base, rest_base), tolerance, rest_currency)
        and (len(jurisdictions) = 0 or (list_has_all(rest_jurisdictions, jurisdictions) and list_has_all(jurisdictions, due_jurisdictions)))
        and currencies = [rest_currency] as ties_together
    from together
)
select
    a.event_id, a.kind, a.is_reversal, a.programme_id, a.global_id, a.order_id, a.currency, a.effective_date, a.posting_days, a.points,
    a.lacks_rule, a.lacks_rate, a.ledger_id, a.bundle,
    case when a.ties_alone then 'exact_id' when t.ties_together or t.order_count > 0 then 'order' else 'exact_id' end as rung,
    a.ties_alone or coalesce(t.ties_together, false) as ties,
    -- one line for the order: the rewards behind it are one comparison, told under the first of them
    case when not a.ties_alone and (t.ties_together or t.order_count > 0) then t.event_ids else [a.event_id] end as event_ids,
    case when not a.ties_alone and (t.ties_together or t.order_count > 0) then t.refs else a.own_refs end as refs,
    case when not a.ties_alone and (t.ties_together or t.order_count > 0) then t.rest_tax else a.tax end as left_tax,
    case when not a.ties_alone and (t.ties_together or t.order_count > 0) then t.rest_base else a.base end as left_base,
    case when not a.ties_alone and (t.ties_together or t.order_count > 0) then t.rest_jurisdictions else a.jurisdictions end as left_jurisdictions,
    case when not a.ties_alone and (t.ties_together or t.order_count > 0) then t.tax else a.own_tax end as right_tax,
    case when not a.ties_alone and (t.ties_together or t.order_count > 0) then t.base else a.own_base end as right_base,
    case when not a.ties_alone and (t.ties_together or t.order_count > 0) then t.jurisdictions else a.own_jurisdictions end as right_jurisdictions,
    case when not a.ties_alone and (t.ties_together or t.order_count > 0) then t.currencies else a.own_currencies end as right_currencies
from alone as a
left join waiting as w on w.event_id = a.event_id and w.ledger_id = a.ledger_id and w.bundle = a.bundle
left join settled as t on t.bundle = a.bundle and t.ledger_id = a.ledger_id and t.is_covered = w.is_covered
