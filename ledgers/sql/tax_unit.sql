-- purpose: every unit redeemed or handed over from arrears today, with the reward it belongs to and the rule that holds for its lot
-- reads: tax_subject, tax_reward, tax_choice, currency_unit, loyalty_event
-- writes: tax_unit
-- parameters: none
-- invariant: one row per allocation row with positive points and tax type; a tax on cost has rows only where the cost is given
with reward_points as (
    select redemption_event_id, sum(units4(points)) as reward_units, sum(redemption_value)::decimal(38, 4) as reward_value
    from tax_subject
    where points > 0 and event_id = redemption_event_id
    group by redemption_event_id
)
select
    sha(concat_ws('|', a.event_id, a.redemption_event_id, a.lot_id, c.tax_type, a.sequence::varchar, '')) as tax_entry_id,
    a.event_id = a.redemption_event_id as is_original,
    a.event_id, a.redemption_event_id, a.lot_id, a.sequence, r.order_id, r.company_id,
    e.effective_date, e.occurred_at, r.currency, r.programme_id, r.global_id, a.points, units4(a.points) as units,
    r.jurisdiction, c.tax_type, c.treatment, c.base_kind, c.rule_id, c.rule_version, c.citation, c.is_reviewed, c.rounding_level, c.rate,
    -- 10^(4 - minor unit): the smallest coin counted in ten-thousandths
    [10000, 1000, 100, 10, 1][1 + case when r.is_programme_currency then r.programme_minor_unit else u.minor_unit end]::hugeint as coin_units,
    r.gross_price as reward_gross,
    case c.base_kind
        when 'cost' then r.cost_amount
        when 'larger' then greatest(coalesce(w.reward_value, r.stated_value), r.gross_price)
        when 'none' then 0
        else r.taxable_goods
    end::decimal(38, 4) as reward_base,
    case c.base_kind when 'goods' then greatest(r.gross_price - r.taxable_goods, 0) when 'none' then r.gross_price else 0 end::decimal(38, 4) as reward_exempt,
    coalesce(w.reward_units, r.stated_units) as reward_units,
    coalesce(w.reward_value, r.stated_value) as reward_value,
    greatest(coalesce(r.reimbursed_amount, case when r.funded_by = 'seller' then 0 else coalesce(w.reward_value, r.stated_value) end), 0)::decimal(38, 4) as reimbursed,
    a.redemption_value::decimal(38, 4) as points_value,
    units4(a.redemption_value) as value_units,
    case
        -- a single-purpose voucher bore its VAT when it was issued: what it pays for is not taxed again
        when c.treatment in ('DISCOUNT_REDUCES_BASE', 'COUPON_EXCLUDED_ALWAYS', 'VAT_PRICE_REDUCTION', 'VAT_SPV_AT_ISSUE') then 'all'
        when c.treatment = 'EXCLUDED_IF_LINKED_ON_RECEIPT' and r.is_linked then 'all'
        when c.treatment in ('THIRD_PARTY_INCLUDED', 'VAT_THIRD_PARTY_CONSIDERATION') then 'unreimbursed'
        -- a multi-purpose voucher counts with what was paid for it where that is known, else with its face value
        when c.treatment = 'VAT_MPV_AT_REDEMPTION' and r.reimbursed_amount is not null then 'unreimbursed'
        else 'nothing'
    end as takes_off,
    c.treatment = 'COLLECT_NET_REMIT_GROSS' and not r.is_disclosed as is_collected_on_net
from tax_subject as a
join loyalty_event as e on e.event_id = a.event_id
join tax_reward as r on r.redemption_event_id = a.redemption_event_id
join currency_unit as u on u.currency = r.currency
join tax_choice as c
    on c.jurisdiction = r.jurisdiction
    and c.effective_date = r.effective_date
    and c.instrument = r.instrument
    and c.funded_by = r.funded_by
    and c.evidence = r.evidence
    and c.earn_class = coalesce(a.earn_class, '')
left join reward_points as w on w.redemption_event_id = a.redemption_event_id
where a.points > 0 and (c.base_kind <> 'cost' or r.cost_amount is not null)
