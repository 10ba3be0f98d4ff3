-- purpose: where a valued day breaks an invariant of ours, in words
-- reads: journal_line, journal_source, roll_forward, prior_roll_forward, cohort_state, loyalty_event, lot_movement,
--   allocation_draft, event_value, cohort_step, movement_value, programme
-- writes: valuation_violation
-- parameters: $as_of_date
-- invariant: no rows
with
unbalanced as (
    select 'entry ' || entry_id || ' ' || company_id || ' ' || currency || ' is out of balance by ' || (sum(debit) - sum(credit))::varchar as violation
    from journal_line group by entry_id, company_id, currency having sum(debit) <> sum(credit)
),
wrong_side as (
    select 'entry ' || entry_id || ' line ' || line_no::varchar || ' has no clean side' as violation
    from journal_line where debit < 0 or credit < 0 or (debit = 0) = (credit = 0)
),
source_total as (
    select entry_id, line_no, sum(amount) as amount from journal_source group by all
),
sources_off as (
    select 'sources of entry ' || coalesce(l.entry_id, s.entry_id) || ' line ' || coalesce(l.line_no, s.line_no)::varchar || ' do not add up' as violation
    from journal_line l full join source_total s on s.entry_id = l.entry_id and s.line_no = l.line_no
    where coalesce(l.debit - l.credit, 0) <> coalesce(s.amount, 0) or l.entry_id is null
),
rolled as (
    select *, programme_id || ' ' || currency || ' ' || earn_class || ' ' || cohort || ' ' || measure as name from roll_forward
),
footing as (
    select 'roll-forward of ' || name || ' does not foot' as violation from rolled
    where closing_points <> opening_points + accrued_points + redeemed_points + expired_points + reversed_points + adjusted_points + transferred_points
       or closing_amount <> opening_amount + deferred_amount + released_amount + expired_amount + re_estimated_amount + reversed_amount + adjusted_amount
          + transferred_amount + translated_amount
),
yesterday as (
    select * from prior_roll_forward
    where business_date = (select max(business_date) from prior_roll_forward) and measure <> 'functional' and (closing_points <> 0 or closing_amount <> 0)
),
opening_off as (
    select 'opening of ' || coalesce(r.programme_id, y.programme_id) || ' ' || coalesce(r.earn_class, y.earn_class) || ' '
        || coalesce(r.cohort, y.cohort) || ' ' || coalesce(r.measure, y.measure) || ' is not the last closing' as violation
    from (select * from roll_forward where measure <> 'functional') r full join yesterday y on y.company_id = r.company_id and y.programme_id = r.programme_id and y.currency = r.currency
        and y.earn_class = r.earn_class and y.cohort = r.cohort and y.measure = r.measure
    where coalesce(r.opening_points, 0) <> coalesce(y.closing_points, 0) or coalesce(r.opening_amount, 0) <> coalesce(y.closing_amount, 0)
),
cross_points as (
    select programme_id, sum(closing_points - opening_points) as points from roll_forward where measure = 'face' group by all
),
delivered as (
    select programme_id, sum(points) as points from loyalty_event where business_date = $as_of_date group by all
),
units_lost as (
    select 'units of ' || coalesce(c.programme_id, d.programme_id) || ' moved ' || coalesce(c.points, 0)::varchar || ', events say '
        || coalesce(d.points, 0)::varchar as violation
    from cross_points c full join delivered d on d.programme_id = c.programme_id
    where coalesce(c.points, 0) <> coalesce(d.points, 0)
),
liability_off as (
    select 'deferred closing of ' || c.programme_id || ' ' || c.earn_class || ' ' || c.cohort || ' is not D less release to date' as violation
    from cohort_state c
    left join roll_forward r on r.company_id = c.company_id and r.programme_id = c.programme_id and r.currency = c.currency
        and r.earn_class = c.earn_class and r.cohort = c.cohort and r.measure = 'deferred'
    where coalesce(r.closing_amount, 0) <> c.issued_amount - c.released_amount or coalesce(r.closing_points, 0) <> c.open_points
),
liability_beyond as (
    select 'liability of ' || c.programme_id || ' ' || c.earn_class || ' ' || c.cohort || ' is not between 0 and D' as violation
    from cohort_state c left join programme p on p.programme_id = c.programme_id
    where c.issued_deferral >= 0 and not c.issued_amount - c.released_amount
        between case when p.breakage = 'remote' then -1 else 0 end and greatest(c.issued_amount, 0)
),
allocated as (
    select event_id, sum(points) as points from allocation_draft where event_id = redemption_event_id group by all
),
not_allocated as (
    select 'redemption ' || e.event_id || ' has ' || (-e.points)::varchar || ' units, allocated ' || coalesce(a.points, 0)::varchar as violation
    from loyalty_event e left join allocated a on a.event_id = e.event_id
    where e.business_date = $as_of_date and e.kind = 'redemption' and e.points < 0 and -e.points <> coalesce(a.points, 0)
),
moved as (
    select programme_id, currency, sum(case part when 'issue' then amount else -amount end) as amount, count(*) as steps
    from cohort_step where part in ('issue', 'release') group by all
),
priced as (
    select programme_id, currency, sum(deferred_amount) as amount, count(*) as events from event_value group by all
),
worth_off as (
    select 'events of ' || p.programme_id || ' are worth ' || coalesce(v.amount, 0)::varchar || ', the roll-forward moved '
        || coalesce(m.amount, 0)::varchar as violation
    from programme p
    left join priced v on v.programme_id = p.programme_id and v.currency = p.currency
    left join moved m on m.programme_id = p.programme_id and m.currency = p.currency
    -- an event may use lots of another currency than its own: then there is no one currency to meet in
    where not exists (select 1 from movement_value v where v.programme_id = p.programme_id and v.cohort <> '' and v.currency <> p.currency)
      and abs(coalesce(v.amount, 0) - coalesce(m.amount, 0)) * 10000
        > (coalesce(m.steps, 0) + 1) * ('1' || repeat('0', (4 - p.minor_unit)::int))::int
          + coalesce(v.events, 0) * ('1' || repeat('0', (4 - p.value_places)::int))::int
),
double_valued as (
    select 'event ' || event_id || ' is valued ' || count(*)::varchar || ' times' as violation from event_value group by event_id having count(*) > 1
),
unpriced as (
    select 'movement ' || m.sequence::varchar || ' was valued ' || count(v.sequence)::varchar || ' times' as violation
    from lot_movement m left join movement_value v on v.sequence = m.sequence group by m.sequence having count(v.sequence) <> 1
)
select violation from unbalanced
union all select violation from wrong_side
union all select violation from sources_off
union all select violation from footing
union all select violation from opening_off
union all select violation from units_lost
union all select violation from liability_off
union all select violation from liability_beyond
union all select violation from not_allocated
union all select violation from worth_off
union all select violation from double_valued
union all select violation from unpriced
