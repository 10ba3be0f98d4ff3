-- purpose: the verdict on every event in every ledger: the codes that apply, most specific first
-- reads: event_ledger_side, event_ledger_entry, event_ledger_scope, programme_value
-- writes: event_ledger_verdict
-- parameters: $as_of_date
-- invariant: verdict is matched, break, expected or excluded, never NULL; break and expected have a code; order of codes as in contract section 7
with elsewhere as (
    -- CL-01: a line of equal money and sign on another account or company; one in another ledger of the same programme is that ledger's business
    select
        e.event_id, e.ledger_id,
        list(x.ref order by x.ref) as refs,
        arg_min(x.account, x.ref) as account,
        arg_min(x.company_id, x.ref) as company_id
    from event_ledger_side as e
    join event_ledger_entry as x on x.event_id = e.event_id
    anti join event_ledger_scope as s
        on s.programme_id = e.programme_id and s.ledger_id = x.ledger_id and s.ledger_id <> e.ledger_id
    where e.carrier_count = 0 and e.amount <> 0
        and not (x.ledger_id = e.ledger_id and x.company_id = e.company_id and x.account = e.account)
        and x.currency = e.currency and x.amount = e.amount
    group by e.event_id, e.ledger_id
),
dated as (
    select
        s.event_id, s.ledger_id, s.right_amount, s.value_mode, v.effective_from, v.value, s.effective_date between v.effective_from and v.effective_to as is_in_force,
        [10000, 1000, 100, 10, 1][s.value_places + 1]::hugeint as step,
        abs(units4(s.points)) * units12(v.value) as units16,
        (case when s.points < 0 then -1 else 1 end) as direction
    from event_ledger_side as s
    join programme_value as v on v.programme_id = s.programme_id and v.parameter = 'value_per_point'
    where s.measure = 'face' and not s.is_absent and not s.is_own_entry and not s.is_foreign and s.right_amount <> s.amount
),
valued as (
    select
        *, from_units4(direction * rounded_quotient(units16, 1000000000000::hugeint * step, value_mode) * step) as other_amount
    from dated
),
other_rate as (
    -- AM-04, face measure only: an earlier or later value of a point explains the ledger's money exactly; the one in force is not a candidate
    select event_id, ledger_id, arg_min(value, effective_from) as value, min(effective_from) as effective_from
    from valued
    where not is_in_force and other_amount = right_amount
    group by all
),
leg as (
    select
        event_id, transfer_id, ledger_id, company_id, account, carrier_count = 0 as is_unposted, sum(points) over legs = 0 and sum(amount) over legs = 0 as nets,
        count(*) over legs as leg_count, bool_and(carrier_count = 0) over legs as all_unposted
    from event_ledger_side
    where transfer_id is not null
    window legs as (partition by transfer_id, ledger_id, company_id, account)
),
internal_transfer as (
    -- both legs on the same account and neither posted: nothing moved in the ledger, and nothing had to
    select event_id, ledger_id from leg where leg_count > 1 and all_unposted and nets
),
judged as (
    select
        s.*, w.refs as elsewhere_refs, w.account as elsewhere_account, w.company_id as elsewhere_company, r.value as other_value, r.effective_from as other_from,
        s.points = 0 and s.amount = 0 as is_zero,
        s.is_absent and t.event_id is not null as is_internal_transfer,
        s.earn_class = 'migrated' and s.kind = 'accrual' and s.effective_date <= s.go_live as is_migrated,
        beyond_limit(s.amount, s.right_amount, s.tolerance, s.currency) as is_beyond
    from event_ledger_side as s
    left join elsewhere as w on w.event_id = s.event_id and w.ledger_id = s.ledger_id
    left join other_rate as r on r.event_id = s.event_id and r.ledger_id = s.ledger_id
    left join internal_transfer as t on t.event_id = s.event_id and t.ledger_id = s.ledger_id
),
excused as (
    select
        *,
        case
            when not is_absent then ''
            when is_zero then 'zero_value'
            when coalesce(is_migrated, false) then 'migrated'
            when is_internal_transfer then 'transfer_within_company'
            when not is_due_in_ledger and elsewhere_refs is null then 'ledger_not_started'
            else ''
        end as excuse
    from judged
),
coded as (
    select
        *,
        list_filter(
            case
                when excuse <> '' then []
                when is_absent then [
                    case when elsewhere_refs is not null then 'CL-01' end,
                    case
                        when elsewhere_refs is not null then null
                        when $as_of_date < due_on(effective_date, posting_days) then 'TM-01'
                        when kind = 'redemption' then 'MS-01'
                        when kind = 'accrual' then 'MS-03'
                        when kind = 'expiry' then 'MS-04'
                        when points < 0 or (points = 0 and amount < 0) then 'MS-01'
                        else 'MS-03'
                    end
                ]
                else [
                    case
                        when carrier_count > 1
                            and (
                                (ledger_points is not null and sign(ledger_points) = sign(points) and abs(ledger_points) > abs(points))
                                or (is_beyond and sign(right_amount) = sign(amount) and abs(right_amount) > abs(amount))
                            )
                        then 'DU-01'
                    end,
                    case when shifted_posting_date is not null then 'TM-02' end,
                    case when is_wrong_period then 'CL-02' end,
                    case when ledger_points is not null and ledger_points <> points then 'AM-01' end,
                    case when lacks_rate or (is_foreign and is_beyond) then 'AM-06' end,
                    case when other_value is not null then 'AM-04' end,
                    case when is_beyond and not lacks_rate and not is_foreign then 'AM-02' end,
                    case when not is_beyond and right_amount <> amount and not lacks_rate then 'AM-03' end
                ]
            end,
            lambda c: c is not null
        ) as codes
    from excused
)
select
    *,
    codes[1] as code,
    case
        when excuse <> '' then 'excluded'
        when len(codes) = 0 or codes = ['AM-03'] then 'matched'
        when codes[1] = 'TM-01' then 'expected'
        else 'break'
    end as verdict
from coded
