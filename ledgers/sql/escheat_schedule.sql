-- purpose: open lots by the owner's state and the day they become unclaimed property, under the rule in force
-- reads: lot, loyalty_event, programme, escheat_rule
-- writes: escheat_schedule
-- parameters: $as_of_date
-- invariant: points and amounts add up to the open lots; a lot no rule covers is listed as such
with owner as (
    select
        programme_id, global_id,
        max(effective_date) filter (kind in ('accrual', 'redemption', 'transfer_in', 'transfer_out')) as last_active_on,
        arg_max(tax_jurisdiction, (effective_date, event_id)) filter (nullif(tax_jurisdiction, '') is not null) as place
    from loyalty_event
    group by programme_id, global_id
),
held as (
    select
        l.lot_id, l.global_id, l.programme_id, p.company_id, l.currency,
        -- arrears, which have no class, are nothing anybody paid for
        coalesce(nullif(l.earn_class, ''), 'service') as earn_class, l.remaining_points, l.remaining_amount,
        coalesce(nullif(e.instrument, ''), nullif(p.instrument, ''), 'points') as instrument,
        coalesce(array_to_string(string_split(o.place, '-')[:2], '-'), '') as jurisdiction,
        coalesce(o.last_active_on, l.earned_on) as last_active_on
    from lot as l
    join programme as p on p.programme_id = l.programme_id
    left join loyalty_event as e on e.event_id = l.lot_id
    left join owner as o on o.programme_id = l.programme_id and o.global_id = l.global_id
    where l.remaining_points <> 0
),
kind_of_property as (
    select distinct jurisdiction, instrument, earn_class from held
),
fitting as (
    select
        k.jurisdiction, k.instrument, k.earn_class, r.treatment, r.dormancy_months, r.rule_id, r.rule_version, r.citation,
        coalesce(r.reviewed_by, '') <> '' as is_reviewed,
        row_number() over (
            partition by k.jurisdiction, k.instrument, k.earn_class
            order by
                length(r.jurisdiction) desc,
                (coalesce(r.instrument, '') || coalesce(r.earn_class, '') <> '') desc,
                r.rule_id,
                r.effective_from desc,
                length(r.rule_version) desc,
                r.rule_version desc
        ) as precedence
    from kind_of_property as k
    join escheat_rule as r
        on (r.jurisdiction = k.jurisdiction or starts_with(k.jurisdiction, r.jurisdiction || '-'))
        and coalesce(r.instrument, '') in ('', k.instrument)
        and coalesce(r.earn_class, '') in ('', k.earn_class)
        and r.effective_from <= $as_of_date
        and coalesce(r.effective_to, $as_of_date) >= $as_of_date
),
judged as (
    select
        h.*, coalesce(f.rule_id, '') as rule_id, coalesce(f.rule_version, '') as rule_version, coalesce(f.citation, '') as citation,
        coalesce(f.is_reviewed, false) as is_reviewed, f.treatment,
        case when f.treatment = 'report' then (h.last_active_on + to_months(f.dormancy_months))::date end as dormant_on
    from held as h
    left join fitting as f
        on f.precedence = 1 and f.jurisdiction = h.jurisdiction and f.instrument = h.instrument and f.earn_class = h.earn_class
)
select
    company_id, programme_id, currency, jurisdiction, instrument, earn_class, dormant_on,
    case
        when treatment is null then 'no_rule'
        when treatment = 'exempt' then 'exempt'
        when dormant_on <= $as_of_date then 'dormant'
        else 'running'
    end as status,
    count(*) as lot_count, count(distinct global_id) as member_count,
    sum(remaining_points) as remaining_points, sum(remaining_amount) as remaining_amount,
    rule_id, rule_version, citation, is_reviewed
from judged
group by all
