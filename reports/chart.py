"""Charts as SVG, made here without script: the roll-forward waterfall and the trend of open breaks.

Each has a title and a description, and the same data stands beside it as a table. All geometry is exact decimals.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from reports.markup import text
from reports.words import number

WIDTH, HEIGHT, TOP, BOTTOM = 900, 300, 34, 244
UP, DOWN, LEVEL = "#1d6b4f", "#a63a1e", "#1f3a5f"
ZERO = Decimal(0)


def _at(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.1')):f}"


def waterfall(name: str, title: str, steps: Sequence[tuple[str, Decimal]], places: int) -> str:
    """Opening, movements, closing as bars. `steps` begin with the opening and end with the closing; the movements add up."""
    levels, running = [ZERO], ZERO
    for _, value in steps[:-1]:
        running += value
        levels.append(running)
    after = levels[1:]
    low, high = min(after), max(after)
    cut = low > 0 and (high - low) * 3 < high
    floor = max(ZERO, low - (high - low) * Decimal("0.7")) if cut else min(ZERO, low)
    if cut and high == low:
        floor, cut = ZERO, False
    span = (high - floor) or Decimal(1)

    def y(value: Decimal) -> Decimal:
        return BOTTOM - (max(value, floor) - floor) / span * (BOTTOM - TOP)

    slot = Decimal(WIDTH - 20) / len(steps)
    bars = []
    for i, (words, value) in enumerate(steps):
        is_level = i in (0, len(steps) - 1)
        start, end = (floor if floor > 0 else ZERO, value) if is_level else (levels[i], levels[i + 1])
        top, bottom = min(y(start), y(end)), max(y(start), y(end))
        colour = LEVEL if is_level else UP if value >= 0 else DOWN
        x, wide = 10 + slot * i + slot * Decimal("0.14"), slot * Decimal("0.72")
        sign = "" if is_level else "+" if value > 0 else "−" if value < 0 else ""
        middle = x + wide / 2
        bars.append(
            f'<rect x="{_at(x)}" y="{_at(top)}" width="{_at(wide)}" height="{_at(max(bottom - top, Decimal(2)))}" fill="{colour}"/>'
            f'<text x="{_at(middle)}" y="{_at(top - 7)}" text-anchor="middle">{sign}{number(value if is_level else abs(value), places)}</text>'
            f'<text x="{_at(middle)}" y="{BOTTOM + 19}" text-anchor="middle">{text(words)}</text>'
        )
        if i < len(steps) - 1:
            link = _at(y(levels[i + 1]))
            bars.append(f'<line x1="{_at(x + wide)}" y1="{link}" x2="{_at(x + slot)}" y2="{link}" stroke="#6b7686" stroke-dasharray="3 3"/>')
    said = ", ".join(f"{words} {number(value, places)}" for words, value in steps)
    axis = f'<line x1="6" y1="{BOTTOM}" x2="{WIDTH - 6}" y2="{BOTTOM}" stroke="#6b7686"/>'
    note = (
        f'<text class="small" x="10" y="{HEIGHT - 12}">The axis starts at {number(floor.quantize(Decimal(1)), 0)}, not at 0, so that the'
        f" movements can be seen.</text>"
        if cut
        else ""
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{text(title)}"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{text(title)}</title><desc id="{name}-d">{text(said)}</desc>{axis}{"".join(bars)}{note}</svg></div>\n'
    )


def trend(name: str, days: Sequence[tuple[date, int, int]]) -> str:
    """Open breaks per close: the whole bar is open, its dark part blocks the sign-off. `days` are (day, open, blocking) in order."""
    most = max([n for _, n, _ in days] + [1])
    slot = Decimal(WIDTH - 60) / max(len(days), 20)
    tall, base = Decimal(120), 140
    bars = []
    for i, (_, opened, blocking) in enumerate(days):
        x, wide = 46 + slot * i, slot * Decimal("0.75")
        for count, colour in ((opened, "#9db4d0"), (blocking, LEVEL)):
            height = tall * count / most
            bars.append(
                f'<rect x="{_at(x)}" y="{_at(base - height)}" width="{_at(wide)}" height="{_at(height)}" fill="{colour}" stroke="{LEVEL}" stroke-width="0.6"/>'
            )
    first, last = days[0][0].isoformat(), days[-1][0].isoformat()
    end = _at(46 + slot * len(days))
    said = f"From {first} to {last}; highest {most}; last {days[-1][1]} open, {days[-1][2]} of them blocking the sign-off."
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Open breaks per close"><svg viewBox="0 0 {WIDTH} 190" role="img"'
        f' aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">Open breaks per close</title><desc id="{name}-d">{said}</desc>'
        f'<line x1="42" y1="{base}" x2="{WIDTH - 10}" y2="{base}" stroke="#6b7686"/><text class="small" x="36" y="26" text-anchor="end">{most}</text>'
        f'<text class="small" x="36" y="{base + 4}" text-anchor="end">0</text>{"".join(bars)}'
        f'<text class="small" x="46" y="{base + 18}">{first}</text><text class="small" x="{end}" y="{base + 18}"'
        f' text-anchor="end">{last if len(days) > 12 else ""}</text>'
        f'<rect x="46" y="170" width="12" height="12" fill="{LEVEL}"/><text class="small" x="64" y="180">block sign-off</text>'
        f'<rect x="170" y="170" width="12" height="12" fill="#9db4d0" stroke="{LEVEL}" stroke-width="0.6"/><text class="small" x="188"'
        f' y="180">other open breaks</text></svg></div>\n'
    )
