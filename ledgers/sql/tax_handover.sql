-- purpose: units that were in arrears now belong to a lot: the same goods and reward, taxed as that lot is taxed on the redemption's day
-- reads: tax_unit, tax_take, tax_open
-- writes: tax_handover
-- parameters: none
-- invariant: per redemption the goods stay what they were and the base never falls below 0
with piece as (
    -- what each repayment takes out of arrears
    select
        t.event_id,
        t.redemption_event_id,
        t.tax_type,
        o.treatment,
        list_transform(
            [o.gross_price, o.points_value, o.base_before, o.taxable_base, o.exempt_base, o.tax_amount, o.base_collected, o.tax_collected],
            lambda figure: share_of(figure, t.piece_to, t.entry_units) - share_of(figure, t.piece_from, t.entry_units)
        ) as figures
    from tax_take as t
    join tax_open as o on o.tax_entry_id = t.reversal_of
    where starts_with(t.lot_id, 'ARREARS/')
),
released as (
    select
        event_id,
        redemption_event_id,
        tax_type,
        max(treatment in ('SELLER_USE_TAX_COST', 'SELLER_USE_TAX_DEFERRED')) as was_cost,
        max(treatment = 'NO_TAX_EVENT') as was_none,
        max(treatment = 'MAX_VALUE_OR_RETAIL') as was_larger,
        [
            sum(figures[1]), sum(figures[2]), sum(figures[3]), sum(figures[4]),
            sum(figures[5]), sum(figures[6]), sum(figures[7]), sum(figures[8])
        ] as figures
    from piece
    group by event_id, redemption_event_id, tax_type
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
inherited as (
    -- several lots that repay at once share what they take over by points
    select
        u.*,
        (u.base_kind = 'larger') = r.was_larger and (u.base_kind = 'none') = r.was_none and ((u.base_kind = 'cost') = r.was_cost or u.tax_type = 'USE') as is_same_base,
        list_transform(
            r.figures, lambda figure: share_of(figure, u.units_through, u.units_in_all) - share_of(figure, u.units_through - u.units, u.units_in_all)
        ) as figures,
        w.base_in_all, w.collected_in_all
    from taken_over as u
    join released as r on r.event_id = u.event_id and r.redemption_event_id = u.redemption_event_id and r.tax_type = u.tax_type
    join reward as w on w.redemption_event_id = u.redemption_event_id and w.tax_type = u.tax_type
),
shared as (
    select
        *,
        figures[1] as gross_price,
        figures[2] as points_value,
        case when is_same_base then figures[3] else share_of(reward_base, units, reward_units) end as base_before,
        figures[4] as old_base,
        case when is_same_base then figures[5] else share_of(reward_exempt, units, reward_units) end as exempt_base,
        figures[6] as old_tax,
        figures[7] as old_collected,
        figures[8] as old_tax_collected
    from (select * exclude (points_value) from inherited)
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
