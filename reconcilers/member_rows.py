"""Which rows of members' balances the rules compare one by one, and how the others are disposed of without that.

On a large day most members agree, and nothing is said about one that does. Where both sides fit into memory they are joined row by row and only what differs is
kept; above that they are summed up by checksums of buckets of members, and only the rows of buckets that do not cancel are read again. Either way the
same rules judge what is left (docs/checksums.md says how surely). What does not belong here: the verdicts (sql/member_balance_row.sql).
"""

import secrets
from dataclasses import dataclass
from datetime import date

from core.sql import Session
from reconcilers.pair import ROOM

_MOST_BITS = 23
"""Eight million buckets fit into a gigabyte; at 100 million members a bucket holds twelve of them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a day is compared, by the number of its loyalty balances."""

    large: int = 200_000
    """Below, every row is held and compared: each further statement costs more than it saves."""
    held: int = 250
    """Bytes of memory a joined balance takes (some 160 were seen): up to 16 million are joined in 4 GB. Where they do not fit checksums come first: they
    need the same memory whatever the day."""
    namesakes: int = 1000
    """Identities of one Global ID at most: a join grows with the square of its members, and a broken identity table would be felt."""
    worth: int = 2
    """Checksums are of use as long as at most 1 in `worth` buckets has to be read."""
    members: int = 6
    """Members of a bucket at most, on average: larger buckets have more rows read because of one that differs, smaller ones leave the processor's cache."""
    salt: int | None = None
    """Decides which members share a bucket and nothing that is written; None: nobody knows it before the run."""

    def drawn(self, shift: int) -> dict[str, object]:
        return {"salt": secrets.randbits(62) if self.salt is None else self.salt, "shift": shift}


USUAL = Shape()


def choose_rows(session: Session, as_of_date: date, shape: Shape, *, worth_comparing: bool, has_one_ledger: bool) -> None:
    """Make `member_balance_read`, what has to be compared row by row; `member_balance_joined`, members whose one row of either side is known to differ;
    `member_balance_certified`, the sums of everything that is not read."""
    rows = session.value("select count(*) from loyalty_balance where business_date = $as_of_date", as_of_date=as_of_date)
    session.statement(_NOTHING)
    if rows < shape.large:
        session.rule(ROOM, "member_balance_arrived", as_of_date=as_of_date)
        session.statement("create or replace view member_balance_read as from member_balance_arrived")
        return
    # too many to hold: each pass reads the files
    session.rule_view(ROOM, "member_balance_arrived", as_of_date=as_of_date)
    session.statement("create or replace view member_balance_read as from member_balance_arrived")
    if not worth_comparing:
        return
    can_join = has_one_ledger and not session.value(_CROWDED, most=shape.namesakes)
    if (rows * shape.held > session.memory_bytes or not can_join) and _certify(session, rows, shape):
        return
    if can_join:
        _join(session, shape)


def _certify(session: Session, rows: int, shape: Shape) -> bool:
    """Read only the rows that checksums do not certify; False where too many buckets would have to be read."""
    bits = min((rows // shape.members).bit_length(), _MOST_BITS)
    drawn = shape.drawn(64 - bits)
    session.rule(ROOM, "member_balance_bucket", **drawn)
    if session.value("select count(*) from member_balance_bucket") * shape.worth > 2**bits:
        return False
    _read_again(session, drawn)
    return True


def _join(session: Session, shape: Shape) -> None:
    """Compare row with row, and read only members with several rows on a side: a join repeats those, which its counts give away."""
    session.rule(ROOM, "member_balance_joined")
    session.statement("create or replace table member_balance_suspect as from member_balance_arrived limit 0")
    session.rule(ROOM, "member_balance_certified")
    session.statement("create or replace view member_balance_read as from member_balance_suspect")
    if session.value(_REPEATED):
        drawn = shape.drawn(0)
        session.rule(ROOM, "member_balance_repeated", **drawn)
        session.statement("create or replace table member_balance_bucket as from member_balance_repeated")
        session.statement("delete from member_balance_joined where hash(global_id, $salt) in (select bucket from member_balance_bucket)", salt=drawn["salt"])
        _read_again(session, drawn)


def _read_again(session: Session, drawn: dict[str, object]) -> None:
    """Read the rows of `member_balance_bucket`, and take them from the sums of everything."""
    session.rule(ROOM, "member_balance_suspect", **drawn)
    session.rule(ROOM, "member_balance_certified")
    session.statement("create or replace view member_balance_read as from member_balance_suspect")


_NOTHING = """
create or replace table member_balance_certified (
    is_left boolean, currency varchar, reason varchar, row_count bigint, points decimal(38, 4), amount decimal(38, 4)
);
create or replace table member_balance_joined (
    programme_id varchar, ledger_id varchar, global_id varchar, currency varchar, left_rows bigint, right_rows bigint, has_left boolean, has_right boolean,
    left_points decimal(38, 4), right_points decimal(38, 4), left_amount decimal(38, 4), right_amount decimal(38, 4), stated_currency varchar,
    stated_amount decimal(38, 4)
)
"""
_CROWDED = "select exists (select 1 from identity group by global_id having count(*) > $most)"
_REPEATED = """
with joined as (select coalesce(sum(left_rows), 0) as lefts, coalesce(sum(right_rows), 0) as rights from member_balance_joined),
arrived as (
    select
        coalesce(sum(row_count) filter (is_left and reason is null), 0) as lefts, coalesce(sum(row_count) filter (not is_left and reason is null), 0) as rights,
        coalesce(bool_or(not is_left and reason = 'not_carried'), false) as has_stray
    from member_balance_certified
)
select
    a.has_stray or a.lefts <> j.lefts or a.rights <> j.rights
    or exists (select 1 from member_balance_joined where global_id is not null and (left_rows > 1 or right_rows > 1))
from joined as j, arrived as a
"""
"""Whether a member may have two rows on a side, or a row there on an account that is not asked for its programme. A row that meets two of the other side
is in the join twice; one that meets none is counted under its member."""
