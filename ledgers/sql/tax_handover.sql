-- purpose: units that were in arrears now belong to a lot: the same goods and reward, taxed as that lot is taxed on the redemption's day
-- reads: tax_unit, tax_take, tax_open
-- writes: tax_handover
-- parameters: none
-- invariant: per redemption the goods stay what they were and the base never falls below 0
with released as (
    -- what the repayment takes out of arrears, per event
    select
        t.event_id,
        t.redemption_event_id,
        t.tax_type,
        max(o.treatment in ('SELLER_USE_TAX_COST')) as was_cost,
        max(o.treatment = 'MAX_VALUE_OR_RETAIL') as was_larger,
        sum(share_of(o.gross_price, t.piece_to, t.entry_units) - share_of(o.gross_price, t.piece_from, t.entry_units)) as gross_price,
        sum(share_of(o.points_value, t.piece_to, t.entry_units) - share_of(o.points_value, t.piece_from, t.entry_units)) as points_value,
        sum(share_of(o.base_before, t.piece_to, t.entry_units) - share_of(o.base_before, t.piece_from, t.entry_units)) as base_before,
        sum(share_of(o.taxable_base, t.piece_to, t.entry_units) - share_of(o.taxable_base, t.piece_from, t.entry_units)) as taxable_base,
        sum(share_of(o.exempt_base, t.piece_to, t.entry_units) - share_of(o.exempt_base, t.piece_from, t.entry_units)) as exempt_base,
        sum(share_of(o.tax_amount, t.piece_to, t.entry_units) - share_of(o.tax_amount, t.piece_from, t.entry_units)) as tax_amount,
        sum(share_of(o.base_collected, t.piece_to, t.entry_units) - share_of(o.base_collected, t.piece_from, t.entry_units)) as base_collected,
        sum(share_of(o.tax_collected, t.piece_to, t.entry_units) - share_of(o.tax_collected, t.piece_from, t.entry_units)) as tax_collected
    from tax_take as t
    join tax_open as o on o.tax_entry_id = t.reversal_of
    where starts_with(t.lot_id, 'ARREARS/')
    group by t.event_id, t.redemption_event_id, t.tax_type
),
reward as (
    select redemption_event_id, tax_type, sum(taxable_base)::decimal(38, 4) as base_in_all, sum(base_collected)::decimal(38, 4) as collected_in_all
    from tax_open
    group by redemption_event_id, tax_type
),
taken_over as (
    select
        u.*,
        sum(u.units) over through as units_through,
        sum(u.units) over everything as units_in_all
    from tax_unit as u
    where not u.is_original
    window
        everything as (partition by u.event_id, u.redemption_event_id, u.tax_type),
        through as (partition by u.event_id, u.redemption_event_id, u.tax_type order by u.sequence, u.lot_id rows between unbounded preceding and current row)
),
shared as (
    select
        u.tax_entry_id, u.event_id, u.redemption_event_id, u.lot_id, u.sequence, u.order_id, u.effective_date, u.occurred_at, u.currency, u.programme_id,
        u.global_id, u.points, u.jurisdiction, u.tax_type, u.treatment, u.takes_off, u.is_collected_on_net, u.reward_value, u.reimbursed,
        u.rule_id, u.rule_version, u.citation, u.is_reviewed, u.rate, u.coin_units, w.base_in_all, w.collected_in_all,
        share_of(r.gross_price, u.units_through, u.units_in_all) - share_of(r.gross_price, u.units_through - u.units, u.units_in_all) as gross_price,
        share_of(r.points_value, u.units_through, u.units_in_all) - share_of(r.points_value, u.units_through - u.units, u.units_in_all) as points_value,
        case
            when (u.base_kind = 'larger') = r.was_larger and ((u.base_kind = 'cost') = r.was_cost or u.tax_type = 'USE')
                then share_of(r.base_before, u.units_through, u.units_in_all) - share_of(r.base_before, u.units_through - u.units, u.units_in_all)
            else share_of(u.reward_base, u.units, u.reward_units)
        end as base_before,
        share_of(r.exempt_base, u.units_through, u.units_in_all) - share_of(r.exempt_base, u.units_through - u.units, u.units_in_all) as exempt_base,
        share_of(r.taxable_base, u.units_through, u.units_in_all) - share_of(r.taxable_base, u.units_through - u.units, u.units_in_all) as old_base,
        share_of(r.tax_amount, u.units_through, u.units_in_all) - share_of(r.tax_amount, u.units_through - u.units, u.units_in_all) as old_tax,
        share_of(r.base_collected, u.units_through, u.units_in_all) - share_of(r.base_collected, u.units_through - u.units, u.units_in_all) as old_collected,
        share_of(r.tax_collected, u.units_through, u.units_in_all) - share_of(r.tax_collected, u.units_through - u.units, u.units_in_all) as old_tax_collected
    from taken_over as u
    join released as r on r.event_id = u.event_id and r.redemption_event_id = u.redemption_event_id and r.tax_type = u.tax_type
    join reward as w on w.redemption_event_id = u.redemption_event_id and w.tax_type = u.tax_type
),
taken_off as (
    select
        *,
        case takes_off
            when 'all' then points_value
            when 'unreimbursed' then share_of(points_value, greatest(units4(reward_value) - units4(reimbursed), 0), units4(reward_value))
            else 0
        end::decimal(38, 4) as reward_off
    from shared
),
stepped as (
    -- the redemption's base after each hand-over if nothing stopped it at 0
    select
        *,
        base_in_all + sum(base_before - reward_off - old_base) over through as base_unstopped,
        collected_in_all
        + sum(base_before - case when is_collected_on_net then points_value else reward_off end - old_collected) over through as collected_unstopped
    from taken_off
    window through as (
        partition by redemption_event_id, tax_type order by occurred_at, event_id, sequence, lot_id rows between unbounded preceding and current row
    )
),
stopped as (
    select
        *,
        base_unstopped - least(0, min(base_unstopped) over through) as base_after,
        collected_unstopped - least(0, min(collected_unstopped) over through) as collected_after
    from stepped
    window through as (
        partition by redemption_event_id, tax_type order by occurred_at, event_id, sequence, lot_id rows between unbounded preceding and current row
    )
),
before_and_after as (
    select
        *,
        coalesce(lag(base_after) over through, base_in_all) as base_earlier,
        coalesce(lag(collected_after) over through, collected_in_all) as collected_earlier
    from stopped
    window through as (partition by redemption_event_id, tax_type order by occurred_at, event_id, sequence, lot_id)
)
select
    tax_entry_id, event_id, redemption_event_id, lot_id, sequence, order_id, effective_date, currency, programme_id, global_id, points, jurisdiction,
    tax_type, treatment, gross_price, points_value, base_before,
    old_base + base_after - base_earlier - base_before as base_adjustment,
    old_base + base_after - base_earlier as taxable_base,
    exempt_base, rate,
    -- the change of the redemption's tax, rounded before and after, on top of what the arrears bore
    old_tax + coalesce(
        from_units4(
            (
                div_half_up(units4(base_after) * units12(rate), 1000000000000 * coin_units)
                - div_half_up(units4(base_earlier) * units12(rate), 1000000000000 * coin_units)
            ) * coin_units
        ),
        0
    ) as tax_amount,
    case when tax_type = 'USE' then 0 else old_collected + collected_after - collected_earlier end as base_collected,
    case
        when tax_type = 'USE' then 0
        else old_tax_collected + coalesce(
            from_units4(
                (
                    div_half_up(units4(collected_after) * units12(rate), 1000000000000 * coin_units)
                    - div_half_up(units4(collected_earlier) * units12(rate), 1000000000000 * coin_units)
                ) * coin_units
            ),
            0
        )
    end as tax_collected,
    rule_id, rule_version, citation, is_reviewed, null::varchar as reversal_of
from before_and_after
