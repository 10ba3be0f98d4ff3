-- purpose: the buckets of members whose two sides are not certainly alike: checksums of the rows of either side, which cancel where they are
-- reads: member_balance_arrived, member_balance_scope, member_balance_deferral
-- writes: member_balance_bucket
-- parameters: $salt, $shift
-- invariant: a bucket is left out only where the sum of its stamps is zero: the same programmes, members, currencies, points and money left and right
with loyalty as (
    select
        hash(a.global_id, $salt) as h, a.programme_id, s.ledger_id, a.compared_currency as currency, case when s.has_points then a.points end as points,
        -- money too large for a balance is null and equals nothing: its bucket is read
        case
            when s.measure = 'deferred' then try_cast(coalesce(l.amount, 0) as decimal(18, 4))
            else coalesce(a.amount, try_cast(a.face_amount as decimal(18, 4)))
        end as amount
    from member_balance_arrived as a
    join member_balance_scope as s on s.programme_id = a.programme_id
    left join member_balance_deferral as l on l.programme_id = a.programme_id and l.global_id = a.global_id and l.currency = a.compared_currency
    where a.is_left and a.reason is null
),
ledger as (
    select
        hash(a.global_id, $salt) as h, a.programme_id, a.ledger_id, a.compared_currency as currency, -a.points as points, -a.amount as amount, a.is_stray
    from member_balance_arrived as a
    where not a.is_left and (a.reason is null or a.is_stray)
),
stamped as (
    select h >> $shift as bucket, (hash(h, programme_id, ledger_id, currency, points, amount) >> 2)::bigint as stamp from loyalty
    union all
    -- a stray row cancels nothing: where it ends hangs on its member's other rows
    select h >> $shift, case when is_stray then 1 else -((hash(h, programme_id, ledger_id, currency, points, amount) >> 2)::bigint) end from ledger
)
select bucket from stamped group by bucket having sum(stamp) <> 0
