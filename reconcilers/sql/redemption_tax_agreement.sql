-- purpose: matches that arise today: redemptions with their tax lines, or the rewards of an order with its line
-- reads: redemption_tax_verdict, prior_match, match_rule
-- writes: redemption_tax_agreement
-- parameters: none
-- invariant: a match not made before; no tax line in two of them
with drafted as (
    select distinct
        rung, array_to_string(event_ids, ';') as left_refs, array_to_string(refs, ';') as right_refs, left_tax as left_amount, right_tax as right_amount,
        case when len(event_ids) = 1 then '1' else 'N' end || ':' || case when len(refs) = 1 then '1' when len(event_ids) = 1 then 'N' else 'M' end as cardinality,
        sum(points) over (partition by event_ids, refs, ledger_id) as points,
        bool_and(verdict = 'matched') over (partition by event_ids, refs, ledger_id) as is_whole
    from redemption_tax_verdict
    where len(refs) > 0
),
identified as (
    select sha('redemption_tax|' || rung || '|' || left_refs || '|' || right_refs) as match_id, * from drafted where is_whole
),
known as (select p.match_id from prior_match as p semi join identified as i on i.match_id = p.match_id where p.pair = 'redemption_tax')
select
    match_id, 'redemption_tax' as pair, rung as rule_id, (select rule_version from match_rule where pair = 'redemption_tax') as rule_version, rung, cardinality, left_refs, right_refs,
    -- a redemption settles what was owed: units with the sign of the tax
    points, left_amount, right_amount, left_amount - right_amount as difference_amount
from identified
where match_id not in (select match_id from known)
