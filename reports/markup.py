"""HTML by hand: escaping, tables with captions and scopes. Every text that came from data passes `text`; nothing is trusted."""

from collections.abc import Sequence
from html import escape

from reports.cells import visible


def text(value: object) -> str:
    """Data as safe HTML text: unseen characters shown, markup escaped."""
    return escape(visible("" if value is None else str(value)), quote=True)


def tag(words: str, state: str) -> str:
    """A small label; the words carry the meaning, the colour repeats it."""
    return f'<span class="tag {state}">{text(words)}</span>'


def table(caption: str, heads: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]], *, total: Sequence[str] = (), label: str = "") -> str:
    """A data table. `heads` are (words, is a number); cells are HTML made with `text`; the first cell of a row is its header."""
    head = "".join(f'<th scope="col"{_class(n)}>{text(h)}</th>' for h, n in heads)
    body = "".join(_row(r, heads, "") for r in rows) + (_row(total, heads, ' class="sum"') if total else "")
    shown = f"<caption>{text(caption)}</caption>" if caption else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{text(label or caption)}"><table>{shown}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>\n"
    )


def _class(is_number: bool) -> str:
    return ' class="n"' if is_number else ""


def _row(cells: Sequence[str], heads: Sequence[tuple[str, bool]], kind: str) -> str:
    made = [f'<th scope="row"{_class(heads[0][1])}>{cells[0]}</th>']
    made += [f"<td{_class(n)}>{c}</td>" for c, (_, n) in zip(cells[1:], heads[1:], strict=True)]
    return f"<tr{kind}>{''.join(made)}</tr>"


def section(heading: str, name: str, content: str, note: str = "") -> str:
    """A titled section of the page."""
    under = f'<p class="note">{text(note)}</p>' if note else ""
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{text(heading)}</h2>{under}{content}</section>\n'
