-- purpose: the one rule and the one rate that hold for each kind of reward and earn class met today, per type of tax
-- reads: tax_subject, tax_reward, tax_rule, tax_rate
-- writes: tax_choice
-- parameters: none
-- invariant: one row per circumstances, earn class and tax type; rule_id is empty where no rule fits
with circumstances as (
    select distinct
        r.jurisdiction,
        r.effective_date,
        r.instrument,
        r.funded_by,
        r.evidence,
        coalesce(a.earn_class, '') as earn_class
    from tax_subject as a
    join tax_reward as r on r.redemption_event_id = a.redemption_event_id
    where a.points > 0
),
places as (
    select distinct jurisdiction, effective_date from circumstances
),
rules_in_force as (
    select p.jurisdiction as place, p.effective_date, t.*
    from places as p
    join tax_rule as t
        on (t.jurisdiction = p.jurisdiction or starts_with(p.jurisdiction, t.jurisdiction || '-'))
        and t.effective_from <= p.effective_date
        and coalesce(t.effective_to, p.effective_date) >= p.effective_date
),
tax_types as (
    select distinct place as jurisdiction, effective_date, tax_type from rules_in_force
    union all
    select p.jurisdiction, p.effective_date, case when p.jurisdiction = 'US' or starts_with(p.jurisdiction, 'US-') then 'SALES' else 'VAT' end as tax_type
    from places as p
    anti join rules_in_force as f on f.place = p.jurisdiction and f.effective_date = p.effective_date
),
rates_in_force as (
    select
        t.jurisdiction,
        t.effective_date,
        t.tax_type,
        x.rate,
        row_number() over (
            partition by t.jurisdiction, t.effective_date, t.tax_type
            order by length(x.jurisdiction) desc, x.effective_from desc
        ) as precedence
    from tax_types as t
    join tax_rate as x
        on coalesce(nullif(x.tax_type, ''), 'SALES') = t.tax_type
        and (x.jurisdiction = t.jurisdiction or starts_with(t.jurisdiction, x.jurisdiction || '-'))
        and x.effective_from <= t.effective_date
        and coalesce(x.effective_to, t.effective_date) >= t.effective_date
),
fitting as (
    select
        c.jurisdiction,
        c.effective_date,
        c.instrument,
        c.funded_by,
        c.evidence,
        c.earn_class,
        f.tax_type,
        f.rule_id,
        f.rule_version,
        f.treatment,
        coalesce(nullif(f.rounding_level, ''), 'item') as rounding_level,
        coalesce(f.citation, '') as citation,
        coalesce(f.reviewed_by, '') <> '' as is_reviewed,
        row_number() over (
            partition by c.jurisdiction, c.effective_date, c.instrument, c.funded_by, c.evidence, c.earn_class, f.tax_type
            order by
                length(f.jurisdiction) desc,
                (coalesce(f.instrument, '') || coalesce(f.funded_by, '') || coalesce(f.receipt_evidence, '') <> '') desc,
                coalesce(f.priority, 100),
                f.rule_id,
                f.effective_from desc,
                length(f.rule_version) desc,
                f.rule_version desc
        ) as precedence
    from circumstances as c
    join rules_in_force as f
        on f.place = c.jurisdiction
        and f.effective_date = c.effective_date
        and coalesce(f.instrument, '') in ('', c.instrument)
        and coalesce(f.funded_by, '') in ('', c.funded_by)
        and coalesce(f.earn_class, '') in ('', c.earn_class)
        and list_has_all(
            c.evidence,
            list_filter(list_transform(string_split(coalesce(f.receipt_evidence, ''), ';'), lambda w: trim(w)), lambda w: w <> '')
        )
)
select
    c.jurisdiction, c.effective_date, c.instrument, c.funded_by, c.evidence, c.earn_class, t.tax_type,
    coalesce(f.rule_id, '') as rule_id,
    coalesce(f.rule_version, '') as rule_version,
    coalesce(f.treatment, 'UNREVIEWED_FULL_BASE') as treatment,
    coalesce(f.rounding_level, 'item') as rounding_level,
    coalesce(f.citation, '') as citation,
    coalesce(f.is_reviewed, false) as is_reviewed,
    x.rate::decimal(38, 12) as rate,
    -- what the tax is taken on; a use tax without a rule still falls on the cost of the goods given
    case
        when coalesce(f.treatment, '') in ('SELLER_USE_TAX_COST', 'SELLER_USE_TAX_DEFERRED') or (f.rule_id is null and t.tax_type = 'USE') then 'cost'
        when f.treatment = 'MAX_VALUE_OR_RETAIL' then 'larger'
        when f.treatment = 'NO_TAX_EVENT' then 'none'
        else 'goods'
    end as base_kind
from circumstances as c
join tax_types as t on t.jurisdiction = c.jurisdiction and t.effective_date = c.effective_date
left join fitting as f
    on f.precedence = 1
    and f.jurisdiction = c.jurisdiction
    and f.effective_date = c.effective_date
    and f.instrument = c.instrument
    and f.funded_by = c.funded_by
    and f.evidence = c.evidence
    and f.earn_class = c.earn_class
    and f.tax_type = t.tax_type
left join rates_in_force as x
    on x.precedence = 1
    and x.jurisdiction = c.jurisdiction
    and x.effective_date = c.effective_date
    and x.tax_type = t.tax_type
