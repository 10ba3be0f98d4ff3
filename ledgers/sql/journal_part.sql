-- purpose: what each rounded movement of a cohort posts: signed money by role, debit +
-- reads: cohort_step, programme, programme_post
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
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'cost', 'accrued_cost', -amount from step where part = 'cost'
    union all
    select company_id, programme_id, currency, earn_class, cohort, event_kind, movement_class, 'cost_counter',
           case when movement_class = 'redeemed' then 'redemption_cost' else 'marketing_expense' end, amount
    from step where part = 'cost'
)
select * from posting where amount <> 0
