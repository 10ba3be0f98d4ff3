-- purpose: what each rounded movement of a cohort posts: signed money by role, debit +
-- reads: cohort_step, movement_value, programme, programme_post
-- writes: journal_part
-- parameters: none
-- invariant: the amounts of every movement add up to zero
with
step as (
    select s.*, coalesce(p.breakage, 'proportional') as breakage,
           case s.movement_class
               when 'accrued' then 'accrual' when 'redeemed' then 'redemption' when 'expired' then 'expiry' when 'reversed' then 'reversal'
               when 'adjusted' then 'adjustment' when 'transferred' then 'transfer' else 're_estimate'
           end as event_kind
    from cohort_step s left join programme p on p.programme_id = s.programme_id
),
issue_side as (
    select s.*,
           coalesce(of_class.role, of_kind.role, case
               when s.movement_class = 'adjusted' then 'adjustment_loss'
               when s.movement_class = 'transferred' then 'interco'
               when s.earn_class = 'purchased' then 'cash'
               when s.earn_class in ('cobrand', 'partner') then 'partner_receivable'
               when s.earn_class = 'migrated' then 'migration'
               when s.movement_class = 'reversed' or s.earn_class = 'service' then 'sales_returns'
               else 'sales'
           end) as role
    from step s
    left join programme_post of_class
        on of_class.programme_id = s.programme_id and of_class.event_kind = s.event_kind and of_class.earn_class = s.earn_class and s.earn_class <> ''
    left join programme_post of_kind on of_kind.programme_id = s.programme_id and of_kind.event_kind = s.event_kind and of_kind.earn_class = ''
    where s.part = 'issue'
),
release_side as (
    select step.*, case when event_kind = 're_estimate' then 0 else face_amount end as redeemed_part,
           case when event_kind <> 're_estimate' then 0 when breakage = 'escheat' then face_amount else amount end as estimate_part
    from step where part = 'release'
),
cost_used as (
    -- what units that were used, or given back after use, change of the accrued cost: set against the cost of the goods, never against the expense of giving points
    select m.company_id, m.programme_id, m.currency, m.earn_class, m.cohort, m.movement_class,
           value_rounded(units4(sum(m.cost_amount)), 4, any_value(p.minor_unit), 'half_up') as amount
    from movement_value m join programme p on p.programme_id = m.programme_id
    where m.figure = 'redeemed' and m.cost_amount <> 0
    group by all
),
cost_side as (
    select s.company_id, s.programme_id, s.currency, s.earn_class, s.cohort, s.event_kind, s.movement_class, sum(s.amount) as amount,
           coalesce(any_value(u.amount), 0) as used_amount
    from step s
    left join cost_used u on u.company_id = s.company_id and u.programme_id = s.programme_id and u.currency = s.currency
        and u.earn_class = s.earn_class and u.cohort = s.cohort and u.movement_class = s.movement_class
    where s.part = 'cost'
    group by all
),
posting as (
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'issue' as part, 'liability' as role, -amount as amount
    from issue_side
    union all
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'issue_counter', role, amount from issue_side
    union all
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'release', 'liability', amount from release_side
    union all
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'face', 'revenue_redeemed', -redeemed_part from release_side
    union all
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 're_estimate', 're_estimate', -estimate_part from release_side
    union all
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'breakage',
           case when breakage = 'escheat' then 'unclaimed_property' else 'breakage' end, -(amount - redeemed_part - estimate_part)
    from release_side
    union all
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'cost', 'accrued_cost', -amount from cost_side
    union all
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'cost_used', 'redemption_cost', used_amount from cost_side
    union all
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'cost_counter', 'marketing_expense', amount - used_amount
    from cost_side
)
select * from posting where amount <> 0
