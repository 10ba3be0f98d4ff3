-- purpose: ID-01 where members tied to one another agree in sum, ID-02 where a subject whose identity has ended is left on one side
-- reads: identity_difference, identity_link
-- writes: identity_verdict
-- parameters: none
-- invariant: one row per programme, ledger, currency and member; nothing is named whose sums differ
with recursive reach as (
    select global_id, other_id from identity_link
    union
    select r.global_id, l.other_id from reach as r join identity_link as l on l.global_id = r.other_id
),
party_of as (select global_id, least(global_id, min(other_id)) as party_id from reach group by global_id),
party as (select d.*, r.party_id from identity_difference as d join party_of as r on r.global_id = d.global_id),
ended as (select distinct global_id from identity_link where is_ended),
judged as (
    select
        p.*, e.global_id is not null as is_ended, count(*) over parties > 1 as is_several, bool_or(e.global_id is not null) over parties as has_ended,
        bool_and(p.right_points is null) over parties or coalesce(sum(p.left_points) over parties, 0) = coalesce(sum(p.right_points) over parties, 0) as units_tie,
        not beyond_tolerance(sum(p.left_amount) over parties, sum(p.right_amount) over parties, p.tolerance) as money_ties
    from party as p
    left join ended as e on e.global_id = p.global_id
    window parties as (partition by p.programme_id, p.ledger_id, p.currency, p.party_id)
)
select
    programme_id, ledger_id, currency, global_id,
    case
        when is_several and units_tie and money_ties and has_ended then 'ID-02'
        when is_several and units_tie and money_ties then 'ID-01'
        else 'ID-02'
    end as code
from judged
where (is_several and units_tie and money_ties) or (is_ended and not (has_left and has_right))
