-- purpose: how much of each control account's difference the listed differences of single events explain, today and on the days before
-- reads: control_account_row, event_ledger_account_difference, prior_account_difference
-- writes: control_account_explained
-- parameters: $as_of_date
-- invariant: one row per account and day with listed differences; a difference explains one account of its own ledger; looks back 60 days; within_amount is the part of it that is AM-03
with listed as (
    select $as_of_date as on_day, ledger_id, company_id, account, programme_id, stated_programme_id, currency, net_amount, coalesce(within_amount, 0) as within_amount
    from event_ledger_account_difference
    union all
    select business_date, ledger_id, company_id, account, programme_id, stated_programme_id, currency, net_amount, coalesce(within_amount, 0)
    from prior_account_difference
    where business_date >= $as_of_date - 60
),
placed as (
    -- where the account is stated by programme, an entry stands in the balance of the programme it names, else in the one it is for
    select r.business_key, r.currency, l.on_day, l.net_amount, l.within_amount
    from listed as l
    join control_account_row as r on r.ledger_id = l.ledger_id and r.company_id = l.company_id and r.account = l.account and r.currency = l.currency
        and (r.stated_programme_id = l.stated_programme_id or list_contains(string_split(r.covers, ';'), l.programme_id))
    qualify row_number() over (
        partition by l.on_day, l.ledger_id, l.company_id, l.account, l.programme_id, l.stated_programme_id, l.currency
        order by r.stated_programme_id <> l.stated_programme_id, r.business_key
    ) = 1
)
select business_key, currency, on_day, sum(net_amount) as net_amount, sum(within_amount) as within_amount
from placed
group by business_key, currency, on_day
