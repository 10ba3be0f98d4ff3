-- purpose: the findings of the day with changes to closed periods among them
-- reads: finding, period_finding, break_code
-- writes: period_named
-- parameters: none
-- invariant: every finding once, with its figures; every change to a closed period is a finding or is named in one
with met as (
    select
        f.*, p.code as period_code, p.explanation as period_explanation,
        coalesce(p.code = 'CL-03' and not c.blocks_signoff, false) as wins
    from finding as f
    join break_code as c on c.code = f.code
    left join period_finding as p
        on p.pair = f.pair and p.business_key = f.business_key and coalesce(p.currency, '') = coalesce(f.currency, '')
)
select
    * exclude (period_code, period_explanation, wins)
    replace (
        case when wins then period_code else code end as code,
        case
            when wins then period_explanation || '; also ' || code || ': ' || explanation
            when period_code is not null then explanation || '; also ' || period_code || ': ' || period_explanation
            else explanation
        end as explanation
    )
from met
union all by name
select p.*
from period_finding as p
anti join finding as f on p.pair = f.pair and p.business_key = f.business_key and coalesce(p.currency, '') = coalesce(f.currency, '')
