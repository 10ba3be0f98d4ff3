-- purpose: what exchange rates add to today's journal: translation of the contract liability on consolidation, revaluation of what partners owe and are owed
-- reads: roll_forward, ledger_balance, programme, programme_account, currency_unit, rate_today
-- writes: translation_part
-- parameters: $as_of_date
-- invariant: the amounts of each cohort and kind add up to zero; a contract liability is never revalued inside a functional currency (IAS 21.23)
with
translated as (
    select company_id, programme_id, currency, earn_class, cohort, translated_amount as amount
    from roll_forward where measure = 'presentation' and translated_amount <> 0
),
last_stated as (
    -- each ledger by itself: one that states its balances once a month owes on the days between as well
    select ledger_id, company_id, max(as_of_date) as day from ledger_balance where as_of_date < $as_of_date group by ledger_id, company_id
),
monetary as (
    -- what the ledger states of partners in a foreign currency; parallel ledgers carry the same debt once
    select b.company_id, min(p.programme_id) as programme_id, any_value(p.functional_currency) as functional_currency,
           b.currency, a.role, b.ledger_id, b.account, any_value(b.amount) as amount
    from (select l.ledger_id, l.company_id, l.account, l.currency, sum(l.amount) as amount
          from ledger_balance l join last_stated d on d.ledger_id = l.ledger_id and d.company_id = l.company_id and d.day = l.as_of_date
          where coalesce(l.member_id, '') = '' group by all) b
    join programme p on p.company_id = b.company_id and p.functional_currency <> '' and p.functional_currency <> b.currency
    join programme_account a on a.programme_id = p.programme_id and a.account = b.account and a.role in ('partner_payable', 'partner_receivable')
    group by b.company_id, b.currency, a.role, b.ledger_id, b.account
    qualify b.ledger_id = min(b.ledger_id) over (partition by b.company_id, b.account, b.currency)
),
revalued as (
    select m.company_id, m.programme_id, m.functional_currency as currency, m.role,
           sum(value_rounded(units4(m.amount) * (units12(t.rate) - units12(t.rate_before)), 16, u.minor_unit, 'half_up')) as amount
    from monetary m
    join currency_unit u on u.currency = m.functional_currency
    join rate_today t on t.from_currency = m.currency and t.to_currency = m.functional_currency and t.rate <> t.rate_before
    group by all
)
select company_id, programme_id, currency, earn_class, cohort, 'translation' as event_kind, 'translated' as movement_class, 'translation' as part,
       'liability' as role, -amount as amount from translated
union all
select company_id, programme_id, currency, earn_class, cohort, 'translation', 'translated', 'translation', 'cta', amount from translated
union all
select company_id, programme_id, currency, '', '', 'revaluation', 'revalued', 'revaluation', role, amount from revalued where amount <> 0
union all
select company_id, programme_id, currency, '', '', 'revaluation', 'revalued', 'revaluation', 'fx', -amount from revalued where amount <> 0
