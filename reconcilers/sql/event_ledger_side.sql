-- purpose: both sides of every event and ledger, one row each: what loyalty says, what the ledger carries, in the event's currency
-- reads: event_ledger_left, event_ledger_carrier, fx_rate, fiscal_period
-- writes: event_ledger_side
-- parameters: none
-- invariant: one row per event and ledger; lacks_rate where a foreign amount could not be converted (it then counts as 0); home_amount is what stands in the event's own
--   currency, foreign_parts what stands in others, as posted
with foreign_pair as (
    select distinct e.effective_date, k.currency as from_currency, e.currency as to_currency
    from event_ledger_carrier as k
    join event_ledger_left as e on e.event_id = k.event_id and e.ledger_id = k.ledger_id
    where k.currency <> e.currency
),
quoted as (
    select rate_date, from_currency, to_currency, rate, false as is_inverse from fx_rate
    union all
    select rate_date, to_currency as from_currency, from_currency as to_currency, rate, true as is_inverse from fx_rate where rate <> 0
),
conversion as (
    -- the latest rate up to the event's date; quoted that way round before the inverse
    select f.effective_date, f.from_currency, f.to_currency, q.rate, q.is_inverse
    from foreign_pair as f
    join quoted as q on q.from_currency = f.from_currency and q.to_currency = f.to_currency and q.rate_date <= f.effective_date
    qualify row_number() over (partition by f.effective_date, f.from_currency, f.to_currency order by q.rate_date desc, q.is_inverse, q.rate) = 1
),
converted as (
    select
        k.event_id, k.ledger_id, k.rung, k.carrier, k.refs, k.points, k.posting_date, k.fiscal_year, k.fiscal_period,
        k.currency as posted_currency, k.amount as posted_amount,
        k.currency <> e.currency as is_foreign, k.currency <> e.currency and c.rate is null as lacks_rate,
        case
            when k.currency = e.currency then k.amount
            when c.rate is null then 0
            when c.is_inverse then from_units4(div_half_up(units4(k.amount) * 1000000000000::hugeint, units12(c.rate)))
            else from_units4(div_half_up(units4(k.amount) * units12(c.rate), 1000000000000::hugeint))
        end as amount,
        -- the ledger's day of the event is another one: the calendar's where the programme has a cut-off, or that of UTC
        case
            when k.posting_date between e.effective_date and due_on(e.effective_date, e.posting_days) then false
            else coalesce(
                k.posting_date between (e.occurred_at at time zone e.timezone)::date and due_on((e.occurred_at at time zone e.timezone)::date, e.posting_days)
                or k.posting_date between (e.occurred_at at time zone 'UTC')::date and due_on((e.occurred_at at time zone 'UTC')::date, e.posting_days), false
            )
        end as is_shifted,
        k.posting_date not between e.effective_date and due_on(e.effective_date, e.posting_days)
        and case
            -- a calendar of weeks: a period begins between the two days
            when f.starts is not null
                then len(list_filter(f.starts, lambda s: s > least(k.posting_date, e.effective_date) and s <= greatest(k.posting_date, e.effective_date))) > 0
            else year(k.posting_date) * 100 + month(k.posting_date) <> year(e.effective_date) * 100 + month(e.effective_date)
            -- special periods 13-16 belong to the last month of the fiscal year
            or (case when try_cast(k.fiscal_period as integer) > 12 then 12 else try_cast(k.fiscal_period as integer) end) <> month(e.effective_date)
            or try_cast(k.fiscal_year as integer) <> year(e.effective_date)
        end as is_wrong_period
    from event_ledger_carrier as k
    join event_ledger_left as e on e.event_id = k.event_id and e.ledger_id = k.ledger_id
    left join conversion as c on c.effective_date = e.effective_date and c.from_currency = k.currency and c.to_currency = e.currency
    cross join (select list(first_day) as starts from fiscal_period) as f
),
carried as (
    select
        event_id, ledger_id, min(rung) as rung, count(distinct carrier) as carrier_count, list_sort(flatten(list(refs order by carrier, refs))) as refs,
        sum(points) as points, sum(amount) as amount, sum(posted_amount) filter (not is_foreign) as home_amount,
        list({'currency': posted_currency, 'amount': posted_amount}) filter (is_foreign) as foreign_parts,
        bool_or(is_foreign) as is_foreign, bool_or(lacks_rate) as lacks_rate, bool_or(coalesce(is_wrong_period, false)) as is_wrong_period,
        min(posting_date) filter (coalesce(is_wrong_period, false)) as wrong_posting_date, min(posting_date) filter (is_shifted) as shifted_posting_date
    from converted
    group by all
)
select
    e.*, k.rung, coalesce(k.carrier_count, 0) as carrier_count, coalesce(k.refs, []) as refs,
    k.points as ledger_points, coalesce(k.points, 0) as right_points, coalesce(k.amount, 0) as right_amount,
    coalesce(k.home_amount, 0) as home_amount, k.foreign_parts,
    coalesce(k.is_foreign, false) as is_foreign, coalesce(k.lacks_rate, false) as lacks_rate,
    coalesce(k.is_wrong_period, false) as is_wrong_period, k.wrong_posting_date, k.shifted_posting_date,
    -- entries that cancel one another carry nothing; one of zero money, where zero is due and the ledger keeps no quantities, is an entry
    k.carrier_count is null
    or (coalesce(k.points, 0) = 0 and k.amount = 0 and not k.lacks_rate and (e.amount <> 0 or (e.points <> 0 and k.points is not null))) as is_absent
from event_ledger_left as e
left join carried as k on k.event_id = e.event_id and k.ledger_id = e.ledger_id
