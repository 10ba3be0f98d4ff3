"""Which lot every unit of today comes into or leaves: the contract's eight groups of a business day, in order.

Rules are in sql/lot_*.sql and work on all members at once; this file only says in which order they run, and repeats them in
waves where an event of a member depends on an earlier one of the same group. What does not belong here: money of cohorts
(valuation), open lots of other days (lots).

Decided here where the contract is silent: a lot past its last usable day gives only when no other is left (its points leave by
the delivered expiry). weighted_average draws each leaving event from all usable lots in proportion to what they hold. Under
source_trace all redemptions first take what the platform names, then, event by event, what expires first; a trace that comes after
its redemption moves no lot and is shown as LT-01. A delivered `expires_on` of a reversal comes before restore_expired.
"""

from calendar import monthrange
from datetime import date

from core.schema import table
from core.sql import Session
from ledgers.lots import ROOM, month_end_schedule, open_lots

_ACCRUAL, _RESTORE, _POSITIVE, _TRANSFER, _REDEMPTION, _TAKE_BACK, _NEGATIVE, _EXPIRY = range(1, 9)
_HAPPENED = "(select count(*) from lot_moved) + (select count(own_sequence) from lot_held)"
_LAST_HELD = "(select coalesce(max(held_no), 0) from lot_held)"


def attribute(session: Session, as_of_date: date) -> None:
    """Make `lot_issue`, `lot_movement` and, on the last day of a month, `lot_schedule` (else empty).

    Reads loyalty_event (rows with business_date = the day enter), lot_trace where a programme follows it, programme,
    programme_value and the prior_ tables of lot_schedule, lot_issue and lot_movement. Units beyond the balance go to lot
    ARREARS/<event_id>. Points have 4 places, deferral 12. Source: contract sections 6 and 8.
    """
    open_lots(session, as_of_date)
    _Day(session, as_of_date).run()
    # the two tables are as large as all that is left; what led to them would only hold memory beside them
    session.statement("drop table lot_event; drop table if exists lot_take; drop table if exists lot_departing_group")
    session.declared_rule(ROOM, "lot_issue")
    session.declared_rule(ROOM, "lot_movement")
    if as_of_date.day == monthrange(as_of_date.year, as_of_date.month)[1]:
        month_end_schedule(session, as_of_date)
    else:
        session.empty("lot_schedule", table("lot_schedule"))


def invariants(session: Session, as_of_date: date) -> list[str]:
    """What does not hold of today's lots, one sentence each; empty when all is well. Runs after `attribute`."""
    session.rule(ROOM, "lot_violation", as_of_date=as_of_date)
    return [str(r["violation"]) for r in session.fetch("select violation from lot_violation order by violation")]


class _Day:
    """One business day in the session: `lot_held` is what is open now, `lot_moved` what has happened so far."""

    def __init__(self, session: Session, as_of_date: date) -> None:
        self._session = session
        self._as_of_date = as_of_date
        rules = session.fetch("select distinct lot_policy, restore_expired from programme")
        self._policies = {r["lot_policy"] for r in rules}
        self._redates = any(r["restore_expired"] != "expire" for r in rules)

    def run(self) -> None:
        """The eight groups; a reversal whose original enters today is restored right after the original's group."""
        self._session.rule(ROOM, "lot_event", as_of_date=self._as_of_date)
        present = {int(r["group_no"]) for r in self._session.fetch("select distinct group_no from lot_event")}
        restored = self._reversed() if _RESTORE in present else set()
        self._prepare(present)
        for group in range(_ACCRUAL, _EXPIRY + 1):
            if group in (_ACCRUAL, _POSITIVE) and group in present:
                self._open_own(group)
            elif group == _TRANSFER and group in present:
                self._transfer()
            elif group == _TAKE_BACK and group in present:
                self._take_back()
            elif group in (_REDEMPTION, _NEGATIVE, _EXPIRY) and group in present:
                self._depart("lot_departing_group", by_expiry=group == _EXPIRY, group_no=group)
            if group in restored:
                self._restore(group)

    def _reversed(self) -> set[int]:
        """The groups after which something is restored."""
        self._session.rule(ROOM, "lot_reversal")
        reversals = self._session.fetch("select after_group, bool_or(expires_on is not null) as is_dated from lot_reversal group by after_group")
        self._redates = self._redates or any(r["is_dated"] for r in reversals)
        return {int(r["after_group"]) for r in reversals}

    def _prepare(self, present: set[int]) -> None:
        """The working set. Only restorations and transfers reopen lots, so only for them is the history of used-up lots read."""
        if present & {_RESTORE, _TRANSFER}:
            for name in ("lot_reversed_taking", "lot_recalled"):
                self._session.rule(ROOM, name, as_of_date=self._as_of_date)
        else:
            self._session.statement("create or replace table lot_recalled as from opening_lot limit 0")
        self._session.rule(ROOM, "lot_held")
        self._session.rule_view(ROOM, "lot_template")
        if present & {_RESTORE, _POSITIVE, _TRANSFER}:
            self._session.statement(f"create or replace table lot_other_template as from lot_template where group_no <> {_ACCRUAL}")
        self._session.statement(
            "create or replace table lot_moved (sequence bigint, group_no bigint, event_id varchar, taking_event_id varchar, taking_kind varchar, "
            "held_no bigint, points decimal(18, 4), after_points decimal(38, 4), expires_on date)"
        )

    # ----------------------------------------------------------------- groups
    def _restore(self, after_group: int) -> None:
        self._queue(f"lot_reversal where after_group = {after_group}")
        while self._any("lot_queue"):
            self._session.rule(ROOM, "lot_restorable", as_of_date=self._as_of_date)
            self._session.rule(ROOM, "lot_wave_reversal")
            self._session.rule(ROOM, "lot_restore")
            self._record("lot_restore")
            if self._redates:
                self._redate()
            self._arrive("lot_excess")
            self._done("lot_wave_reversal")

    def _transfer(self) -> None:
        self._session.rule(ROOM, "lot_transfer_claim", as_of_date=self._as_of_date)
        self._session.rule(ROOM, "lot_transfer_part", as_of_date=self._as_of_date)
        self._queue(f"(select *, abs(points) as units from lot_event where group_no = {_TRANSFER})")
        while self._any("lot_queue"):
            self._session.rule(ROOM, "lot_wave_transfer")
            self._depart("lot_departing_transfer", by_expiry=False)
            self._arrive("lot_received")
            self._done("lot_wave_transfer")

    def _take_back(self) -> None:
        self._queue(f"(select *, abs(points) as units from lot_event where group_no = {_TAKE_BACK})")
        while self._any("lot_queue"):
            self._session.rule(ROOM, "lot_wave_takeback")
            self._session.rule(ROOM, "lot_own_take")
            self._record("lot_own_take")
            self._depart("lot_departing_takeback", by_expiry=False)
            self._done("lot_wave_takeback")

    # ------------------------------------------------------------------ steps
    def _open_own(self, group: int) -> None:
        """Accruals and positive adjustments: every event opens a lot of its own, which no other event can have opened.

        Unless arrears are repaid, that is all that happens: the lot itself says when (own_sequence), and no step is written or read for it.
        """
        owed = self._owed()
        place = f"{_HAPPENED} + 1 + event_no - (select min(event_no) from lot_event where group_no = {group})"
        self._session.statement(
            f"insert into lot_held by name select {_LAST_HELD} + event_no as held_no, * exclude (group_no, event_id), expires_on as opening_expires_on, "
            f"{'0' if owed else 'points'} as remaining_points, {'null' if owed else place} as own_sequence "
            f"from {'lot_template' if group == _ACCRUAL else 'lot_other_template'} where group_no = {group}"
        )
        if owed:
            self._session.statement(
                "create or replace view lot_arriving as select event_no, 1::bigint as part_no, group_no, event_id, event_id as lot_id, member_no, global_id, "
                f"points from lot_event where group_no = {group}"
            )
            self._enter()

    def _arrive(self, arriving: str) -> None:
        """Units enter lots that may be there already: parts of given lots, and what a reversal gives beyond its original."""
        self._session.rule(ROOM, arriving)
        if not self._any(arriving):
            return
        self._session.statement(f"create or replace view lot_arriving as from {arriving}")
        self._session.rule(ROOM, "lot_opened")
        self._hold("lot_opened")
        self._enter()

    def _enter(self) -> None:
        """Units enter their lots; each repays arrears as it comes."""
        entering = "lot_repayment" if self._owed() else "lot_arrived"
        self._session.rule(ROOM, entering)
        self._record(entering)

    def _owed(self) -> bool:
        return self._any("lot_held where is_arrears and remaining_points < 0")

    def _depart(self, departing: str, *, by_expiry: bool, **parameters: object) -> None:
        self._session.rule(ROOM, departing, **parameters)
        if not self._any(departing):
            return
        self._session.statement(f"create or replace view lot_departing as from {departing}")
        is_given = departing == "lot_departing_transfer"
        if "weighted_average" in self._policies and not by_expiry:
            self._take_first("lot_pool_take", is_given=is_given)
        if "source_trace" in self._policies and departing == "lot_departing_group" and not by_expiry:
            self._take_first("lot_traced_take", is_given=is_given, as_of_date=self._as_of_date)
        self._session.rule(ROOM, "lot_take", by_expiry=by_expiry)
        if self._any("lot_take where held_no is null"):
            self._session.rule(ROOM, "lot_arrears_opened")
            self._hold("lot_arrears_opened")
            self._session.statement(
                "update lot_take set held_no = h.held_no from lot_held h where h.is_arrears and h.event_no = lot_take.event_no and lot_take.held_no is null"
            )
        if is_given:
            self._give("lot_take")
        self._book("lot_take")

    def _take_first(self, rule: str, *, is_given: bool, **parameters: object) -> None:
        """Let the pool or the platform's trace give what they can; `lot_departing` is what is left to take."""
        self._session.rule(ROOM, rule, **parameters)
        self._session.statement(f"create or replace view lot_taken_first as from {rule}")
        if is_given:
            self._give(rule)
        self._record(rule)
        self._session.rule(ROOM, "lot_departing_left")
        self._session.statement("create or replace table lot_departing_now as from lot_departing_left")
        self._session.statement("create or replace view lot_departing as from lot_departing_now")

    def _give(self, taking: str) -> None:
        """Keep what transfers take for those who receive it; before the taking is booked."""
        self._session.statement(f"create or replace view lot_taking as from {taking}")
        self._session.rule(ROOM, "lot_given", as_of_date=self._as_of_date)
        self._session.statement("insert into lot_transfer_part by name select * from lot_given")

    def _hold(self, opened: str) -> None:
        """Put lots that did not exist into the working set, empty."""
        self._session.statement(
            f"insert into lot_held by name select {_LAST_HELD} + row_number() over () as held_no, *, expires_on as opening_expires_on, "
            f"0 as remaining_points from {opened}"
        )

    def _record(self, step: str) -> None:
        """Work out what the lots hold after each row of a step, and book it."""
        self._session.statement(f"create or replace view lot_step as from {step}")
        self._session.rule(ROOM, "lot_recorded")
        self._book("lot_recorded")

    def _book(self, recorded: str) -> None:
        """Add a step to what happened and bring the open units up to date."""
        self._session.statement(
            f"insert into lot_moved by name select {_HAPPENED} + row_number() over () as sequence, * exclude (event_no, part_no, row_no) "
            f"from (from {recorded} order by event_no, part_no, row_no)"
        )
        self._session.statement(
            f"update lot_held set remaining_points = remaining_points + t.points from (select held_no, sum(points) as points from {recorded} group by all) t "
            "where t.held_no = lot_held.held_no"
        )

    def _redate(self) -> None:
        """Lots that expired meanwhile and got units back are usable until the day the restoration gives them."""
        self._session.statement(
            "update lot_held set expires_on = r.expires_on from (select held_no, max(expires_on) as expires_on from lot_restore group by all) r "
            "where r.held_no = lot_held.held_no and r.expires_on > lot_held.expires_on"
        )

    # ------------------------------------------------------------------ waves
    def _queue(self, source: str) -> None:
        self._session.statement(f"create or replace table lot_queue as from {source}")

    def _any(self, name: str) -> bool:
        return bool(self._session.value(f"select exists (from {name})"))

    def _done(self, wave: str) -> None:
        self._session.statement(f"create or replace table lot_queue as select q.* from lot_queue q anti join {wave} w on w.event_no = q.event_no")
