"""Who the sample company is: two programmes, members with tiers and homes, what they hold on the first morning."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

FIRST_DAY = date(2026, 3, 1)
STATES = ("US-CA", "US-NY", "US-TX", "US-MA", "US-WA")
RATES = {"US-CA": "0.0725", "US-NY": "0.04", "US-TX": "0.0625", "US-MA": "0.0625", "US-WA": "0.065", "DE": "0.19"}
TIERS = (("basic", Decimal("1")), ("silver", Decimal("1.25")), ("gold", Decimal("1.5")))


@dataclass(frozen=True, slots=True)
class ProgrammeShape:
    """What the generator needs to know of a programme; the programme file says the same to the engine."""

    id: str
    currency: str
    company_id: str
    ledger_id: str
    source: str
    zone: ZoneInfo
    points_per_unit: Decimal
    value_per_point: Decimal
    liability: str
    day_starts: time
    """Local time of the evening before at which the business day begins (the cut-off), or midnight."""


ORCHARD = ProgrammeShape("orchard", "USD", "1000", "erp-us", "erp", ZoneInfo("America/New_York"), Decimal(10), Decimal("0.01"), "210000", time(0))
GARTEN = ProgrammeShape("garten", "EUR", "2000", "erp-de", "erp_de", ZoneInfo("Europe/Berlin"), Decimal(4), Decimal("0.005"), "211000", time(22))


@dataclass(slots=True)
class Member:
    """A made-up member."""

    programme: ProgrammeShape
    number: int
    tier: Decimal
    state: str
    store: int
    points: Decimal = Decimal(0)
    taken_back: int = 0
    """Orders taken back so far."""
    expiring: list[tuple[date, Decimal]] = field(default_factory=list)

    @property
    def member_id(self) -> str:
        """As the loyalty platform and the tills name them."""
        return f"{'M' if self.programme is ORCHARD else 'K'}{self.number:06d}"

    @property
    def customer_id(self) -> str:
        """As the ledger names them."""
        return f"{'C' if self.programme is ORCHARD else 'D'}{self.number:07d}"

    @property
    def global_id(self) -> str:
        return f"{'U' if self.programme is ORCHARD else 'E'}{self.number:06d}"


def recruit(random: Random, count: int) -> list[Member]:
    """`count` members of the main programme and a fifth as many of the second."""
    members = []
    for programme, size in ((ORCHARD, count), (GARTEN, max(count // 5, 5))):
        for number in range(1, size + 1):
            tier = random.choices(TIERS, (70, 22, 8))[0][1]
            state = random.choice(STATES) if programme is ORCHARD else "DE"
            members.append(Member(programme, number, tier, state, random.randrange(1, 13)))
    return members


def recruit_idle(random: Random, members: list[Member], count: int) -> list[Member]:
    """`count` more members of the main programme, numbered after the others."""
    first = sum(m.programme is ORCHARD for m in members) + 1
    return [Member(ORCHARD, n, TIERS[0][1], random.choice(STATES), 12) for n in range(first, first + count)]


def instant(programme: ProgrammeShape, day: date, random: Random) -> datetime:
    """A moment of a business day, in the programme's zone; some evening trade after the cut-off belongs to the next day."""
    if programme.day_starts != time(0) and random.random() < 0.03:
        return datetime.combine(day - timedelta(days=1), time(22, random.randrange(5, 55), random.randrange(60)), programme.zone)
    return datetime.combine(day, time(random.randrange(8, 21), random.randrange(60), random.randrange(60)), programme.zone)


def worth(points: Decimal, programme: ProgrammeShape) -> Decimal:
    """Face value at four places, half up, as the programme files say."""
    return (points * programme.value_per_point).quantize(Decimal("0.0001"), "ROUND_HALF_UP")


def cents(value: Decimal) -> Decimal:
    """Half up to two places, as tills round."""
    return value.quantize(Decimal("0.01"), "ROUND_HALF_UP")
