"""Filling requests: {placeholders} from the window, the slice, settings and the cursor. Nothing is evaluated.

What belongs here: which placeholders exist and what may stand in them. What does not: sending.
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.extraction.definition import Definition, Stream
from connectors.extraction.records import Drift
from core.errors import UsageFault
from core.policy import Source

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_CURSOR = re.compile(r"[\w.:+%-]{0,200}")


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of days asked for at once; `name` is its folder."""

    first: date
    last: date

    @property
    def name(self) -> str:
        return f"{self.first}_{self.last}"


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its placeholders filled. Raises UsageFault for one that nothing fills.

    >>> fill("a {b} {{json}}", {"b": "1"})
    'a 1 {{json}}'
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise UsageFault(
                f"nothing fills {match[0]}", "platform.toml", "a request with a hole would read something else", "correct the placeholder or add the setting"
            )
        return values[match[1]]

    return _PLACEHOLDER.sub(value, template)


def slices(stream: Stream, first: date, last: date) -> Iterator[Slice]:
    """The window cut by days, calendar months or not at all."""
    start = first
    while start <= last:
        end = last
        if stream.slice == "day":
            end = start
        elif stream.slice == "month":
            end = min(last, start.replace(day=calendar.monthrange(start.year, start.month)[1]))
        yield Slice(start, end)
        start = end + timedelta(days=1)


def slice_values(definition: Definition, stream: Stream, source: Source, part: Slice, day: date) -> dict[str, str]:
    """What fills a stream's placeholders for one slice: settings, days (from, to, next = the day after to, as_of), fields, accounts."""
    values = settings_of(definition, source)
    following = part.last + timedelta(days=1)
    for name, on in (("from", part.first), ("to", part.last), ("next", following), ("as_of", day), ("as_of_next", day + timedelta(days=1))):
        values |= {name: on.isoformat(), f"{name}_compact": on.strftime("%Y%m%d")}
    values["page_size"] = str(stream.pager.size)
    mapped = {**definition.fields, **source.fields} if stream.field else {}
    asked = dict.fromkeys(fill(stream.field, {"field": theirs, "column": f"x_{ours}"}) for ours, theirs in mapped.items())
    values["more_fields"] = "".join(f", {f}" for f in asked if f.split(" ")[0] not in stream.fields)
    values["more_names"] = "".join(f",{f}" for f in asked if f not in stream.fields)
    values["custom_columns"] = "".join(asked)
    values["account_filter"] = ""
    if source.accounts:
        listed = stream.account_join.join(fill(stream.account_item, {"account": a}) for a in source.accounts)
        values["account_filter"] = fill(stream.account_filter, {**values, "accounts": listed})
    return values


def settings_of(definition: Definition, source: Source) -> dict[str, str]:
    """The definition's settings with those of the books. Raises UsageFault for one that is unknown or lacking."""
    for name in source.settings:
        if name not in definition.settings:
            raise UsageFault(
                f"{definition.title} knows no setting {name}", "tieout.toml", "it would decide nothing", f"settings: {', '.join(definition.settings)}"
            )
    found = {**definition.settings, **source.settings}
    found = {k: fill(v, found) for k, v in found.items()}
    lacking = [n for n, v in found.items() if not v]
    if lacking:
        raise UsageFault(
            f"{definition.title} needs the setting {lacking[0]}", "tieout.toml", "requests are made with it", f'settings = {{ {lacking[0]} = "..." }}'
        )
    return found


def cursor_value(value: str) -> str:
    """A key of the system's own answer, fit to be put into the next request. Raises Drift for anything that could be more than a key."""
    if not _CURSOR.fullmatch(value):
        raise Drift("a key of the answer is no plain key")
    return value
