-- purpose: what tax law asks about every redemption whose allocations moved today: where, in which form, who pays, on which goods
-- reads: tax_subject, loyalty_event, programme
-- writes: tax_reward
-- parameters: none
-- invariant: one row per redemption; events that are not redemptions have no row and so no tax
with touched as (
    -- a reward that is given and wholly taken back today leaves its goods to the rewards that stay
    select redemption_event_id, sum(points) = 0 and bool_or(event_id = redemption_event_id) as is_void
    from tax_subject
    group by redemption_event_id
),
stated as (
    select
        e.event_id as redemption_event_id,
        e.business_date,
        t.is_void,
        nullif(e.order_id, '') as order_id,
        nullif(e.order_line_id, '') as order_line_id,
        e.effective_date,
        e.programme_id,
        p.company_id,
        e.global_id,
        coalesce(nullif(e.currency, ''), p.currency) as currency,
        coalesce(nullif(e.currency, ''), p.currency) = p.currency as is_programme_currency,
        p.minor_unit as programme_minor_unit,
        coalesce(e.tax_jurisdiction, '') as jurisdiction,
        coalesce(nullif(e.instrument, ''), nullif(p.instrument, ''), 'points') as instrument,
        coalesce(nullif(e.funded_by, ''), 'seller') as funded_by,
        list_sort(list_distinct(list_filter(list_transform(string_split(coalesce(e.receipt_evidence, ''), ';'), lambda w: trim(w)), lambda w: w <> ''))) as evidence,
        greatest(coalesce(e.transaction_amount, 0), 0)::decimal(38, 4) as gross_price,
        greatest(coalesce(e.taxable_amount, e.transaction_amount, 0), 0)::decimal(38, 4) as taxable_goods,
        e.cost_amount::decimal(38, 4) as cost_amount,
        e.reimbursed_amount::decimal(38, 4) as reimbursed_amount,
        coalesce(e.redemption_value, e.face_amount, 0)::decimal(38, 4) as stated_value,
        units4(abs(e.points)) as stated_units
    from touched as t
    join loyalty_event as e on e.event_id = t.redemption_event_id
    join programme as p on p.programme_id = e.programme_id
    where e.kind = 'redemption'
),
lined as (
    -- rewards of one day on one and the same line of an order stand on the same goods, which are counted once and shared by what each takes off
    select
        *,
        case
            when order_id is null or order_line_id is null or is_void then redemption_event_id
            else concat_ws('|', business_date, company_id, order_id, order_line_id, jurisdiction, currency, gross_price::varchar)
        end as goods_key,
        units4(greatest(stated_value, 0)) as value_units
    from stated
),
counted as (
    select *, count(*) over goods as reward_count, case when sum(value_units) over goods = 0 then 1 else value_units end::hugeint as weight
    from lined
    window goods as (partition by goods_key)
),
weighed as (
    select
        *,
        sum(weight) over (partition by goods_key) as weight_in_all,
        sum(weight) over (partition by goods_key order by redemption_event_id rows between unbounded preceding and current row) as weight_through
    from counted
),
shared as (
    select
        * exclude (gross_price, taxable_goods, cost_amount),
        case when reward_count = 1 then gross_price
            else share_of(gross_price, weight_through, weight_in_all) - share_of(gross_price, weight_through - weight, weight_in_all) end as gross_price,
        case when reward_count = 1 then taxable_goods
            else share_of(taxable_goods, weight_through, weight_in_all) - share_of(taxable_goods, weight_through - weight, weight_in_all) end as taxable_goods,
        case when reward_count = 1 then cost_amount
            else share_of(cost_amount, weight_through, weight_in_all) - share_of(cost_amount, weight_through - weight, weight_in_all) end as cost_amount
    from weighed
)
select
    redemption_event_id, order_id, effective_date, programme_id, company_id, global_id, currency, is_programme_currency, programme_minor_unit,
    jurisdiction, instrument, funded_by, evidence, gross_price, taxable_goods, cost_amount, reimbursed_amount,
    stated_value, stated_units,
    list_has_all(evidence, ['described', 'linked']) as is_linked,
    list_contains(evidence, 'disclosed') as is_disclosed
from shared
