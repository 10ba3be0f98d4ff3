-- purpose: roles our journal needed today and no account, fall-back or suspense account of the programme could take
-- reads: journal_part, journal_account
-- writes: missing_account
-- parameters: none
-- invariant: empty where every needed role resolves to an account
with
needed as (
    select distinct programme_id, role from journal_part
)
select n.programme_id, n.role
from needed n left join journal_account a on a.programme_id = n.programme_id and a.role = n.role
where coalesce(a.found_as, '') = ''
