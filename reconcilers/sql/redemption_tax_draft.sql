-- purpose: tax entries of every redemption and reversal that may have changed, and of the other rewards of their orders
-- reads: tax_draft, prior_tax_draft, redemption_tax_touched, redemption_tax_window, prior_break
-- writes: redemption_tax_draft
-- parameters: $as_of_date
-- invariant: all entries of a concerned redemption, whatever their day
with draft as (
    select
        $as_of_date as business_date, event_id, redemption_event_id, order_id, currency, programme_id, global_id, points, jurisdiction, taxable_base, tax_amount, rule_id, rate
    from tax_draft
    union all by name
    select
        business_date, event_id, redemption_event_id, order_id, currency, programme_id, global_id, points, jurisdiction, taxable_base, tax_amount, rule_id, rate
    from prior_tax_draft
),
open_key as (
    select distinct business_key as event_id
    from prior_break
    where pair = 'redemption_tax' and status <> 'closed' and business_date = (select max(business_date) from prior_break)
),
named_event as (
    select event_id from redemption_tax_touched where event_id is not null
    union
    select event_id from open_key
),
concerned as (
    select d.redemption_event_id, nullif(d.order_id, '') as order_id
    from draft as d
    where d.business_date >= (select first_day from redemption_tax_window)
        or d.event_id in (select event_id from named_event)
        or d.redemption_event_id in (select event_id from named_event)
        or d.order_id in (select order_id from redemption_tax_touched where order_id is not null)
),
concerned_redemption as (select distinct redemption_event_id from concerned),
concerned_order as (select distinct order_id from concerned where order_id is not null)
select d.*
from draft as d
where d.redemption_event_id in (select redemption_event_id from concerned_redemption) or d.order_id in (select order_id from concerned_order)
