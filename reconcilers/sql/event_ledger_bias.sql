-- purpose: AM-05: differences of at most one unit of the posted money that nearly all have one sign and are more than rounding leaves by chance
-- reads: event_ledger_verdict, programme, loyalty_event
-- writes: event_ledger_bias
-- parameters: none
-- invariant: one row per account, programme and currency; it carries no difference of its own, the rows it speaks of are listed
with small as (
    select v.ledger_id, v.company_id, v.account, v.programme_id, v.currency, v.amount - v.right_amount as difference
    from event_ledger_verdict as v
    join programme as p on p.programme_id = v.programme_id
    where v.code in ('AM-02', 'AM-03') and not v.is_own_entry
        and abs(units4(v.amount - v.right_amount)) <= [10000, 1000, 100, 10, 1][least(p.value_places, p.minor_unit) + 1]
),
counted as (
    select
        ledger_id, company_id, account, programme_id, currency, count(*) as difference_count, abs(sum(sign(difference)))::hugeint as one_sided,
        sum(difference) as difference_amount, max(abs(difference)) as largest
    from small
    group by all
),
valued as (
    -- all events that had to be rounded; lots taken over from another system were not
    select programme_id, count(*) as event_count
    from loyalty_event
    where coalesce(earn_class, '') <> 'migrated' and programme_id in (select programme_id from counted)
    group by programme_id
)
select
    'event_ledger' as pair, 'AM-05' as code, programme_id, cast(null as varchar) as global_id, ledger_id || '/' || company_id || '/' || account || '/' || programme_id as business_key,
    cast(null as varchar) as left_ref, ledger_id || '/' || company_id || '/' || account || '/' || programme_id as right_ref,
    cast(null as decimal(38, 4)) as left_points, cast(null as decimal(38, 4)) as right_points, 0 as left_amount, 0 as right_amount, currency,
    difference_count || ' differences of at most ' || money_text(largest) || ' ' || currency || ' on account ' || account || ' of ' || ledger_id || ' are '
        || case when one_sided = difference_count then 'all' else 'nearly all' end || ' one way, together ' || money_text(abs(difference_amount)) || ' ' || currency
        || ': the ledger rounds ' || case when difference_amount > 0 then 'down' else 'up' end || ' where loyalty does not' as explanation
from counted
join valued using (programme_id)
-- a sign test at four standard deviations: by chance 1 in 15 000; sixteen differences of one sign are the fewest that pass
where one_sided * one_sided >= 16 * difference_count
    -- and rounding alike leaves half a unit times the root of the number of events; a few differences among many events are no rounding
    and units4(difference_amount) * units4(difference_amount) > 4 * units4(largest) * units4(largest) * event_count
