"""An entry as rows of a CSV by position, in a ZIP: the same entry is the same bytes. What does not belong here: where the file goes (`handing`)."""

import csv
import io
import zipfile
from datetime import date

from connectors.extraction.template import fill
from connectors.posting.body import Lists, Values
from connectors.posting.calling import Draft
from connectors.posting.definition import FileStep

_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""Every member of an archive has a time; this is the first there is."""
_SEGMENTS = 30


def file_draft(step: FileStep, values: Values, lists: Lists) -> Draft:
    """The CSV, a row a line, without a header; its name stands where a request has its address."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    on = date.fromisoformat(values["posting_date"]).strftime(step.date_format)
    for line in lists["lines"]:
        own = lists.get(f"fields_{line['line_no']}", ())
        placed = {step.place_of(o["field"]): o["value"] for o in own}
        elsewhere = dict.fromkeys((o["column"] for o in own), "")
        filled = {**values, **line, **elsewhere, "posting_date": on, **_segments(line["account"], values.get("segment_separator", "-"))}
        writer.writerow([_cell(placed.get(n) or fill(column, filled)) for n, column in enumerate(step.columns, start=1)])
    return Draft("file", "WRITE", fill(step.archive, values), text.getvalue().encode())


def _cell(text: str) -> str:
    """One line of text: a loader takes the end of a line for the end of a row, quoted or not."""
    return " ".join(text.split()) if any(c in text for c in "\n\r\t\v\f") else text


def archive_of(step: FileStep, draft: Draft) -> bytes:
    """The ZIP that holds the CSV."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo(step.member, _BEGINNING)
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, draft.body)
    return packed.getvalue()


def member_of(step: FileStep, content: bytes) -> bytes | None:
    """The CSV in a ZIP; None where it is no such ZIP."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(step.member)
    except (zipfile.BadZipFile, KeyError):
        return None


def names_before(step: FileStep, values: Values) -> list[str]:
    """The names of the files that were handed over for this entry before, and taken back."""
    times = int(values["again"][1:] or 1)
    return [fill(step.archive, {**values, "again": f"_{n}" if n > 1 else ""}) for n in range(1, times)]


def _segments(account: str, separator: str) -> dict[str, str]:
    parts = account.split(separator)
    return {f"segment{n}": parts[n - 1] if n <= len(parts) else "" for n in range(1, _SEGMENTS + 1)}
