"""A tiny company for the store's specs: writes days of a few tables as the assets room does, and closes them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from core.schema import table
from core.sql import Limits, Session
from store import Close, PinnedFile, Report, Store, output_hash

TABLES = ("control_total", "roll_forward", "lot_issue")


def rows_of(name: str, day: date, count: int, flavour: str) -> list[dict[str, object]]:
    """`count` rows with every column filled, different in each row, day and flavour."""
    words = {
        "VARCHAR": "{f}-{d}-{n}",
        "DATE": "{d}",
        "TIMESTAMP WITH TIME ZONE": "{d}T12:34:56.123456+02:00",
        "BOOLEAN": "true",
        "BIGINT": "90071992547409{n:02d}",
    }
    decimals = {"DECIMAL(18,4)": "-12345678901234.00{n:02d}", "DECIMAL(38,4)": "1234567890123456789012345678901234.00{n:02d}"}
    decimals["DECIMAL(38,12)"] = "12345678901234567890123456.0000000000{n:02d}"
    return [
        {
            "business_date": day,
            "close_id": f"{flavour}-{day}",
            **{c.name: (words | decimals)[c.type.sql].format(f=flavour, d=day, n=n) for c in table(name).columns},
        }
        for n in range(count)
    ]


def write_day(store: Store, day: date, flavour: str, tables: Sequence[str] = TABLES, count: int = 3) -> list[PinnedFile]:
    """Write a day's tables as Parquet into the data folders; returns their pins."""
    pins = []
    with Session(Limits((store.root,))) as session:
        for name in tables:
            declared = table(name)
            session.rows(name, declared, rows_of(name, day, count, flavour), prefix=("business_date", "close_id"))
            written = session.write(f'select * from "{name}"', ["business_date", *declared.key], store.data_folder(name, day), name)
            pins.append(PinnedFile(name, written.path.relative_to(store.root).as_posix(), written.rows, written.sha256))
    return pins


def stage_reports(folder: Path, day: date, flavour: str) -> list[Report]:
    """Two reports as the reports room would hand them over."""
    import hashlib

    folder.mkdir(parents=True, exist_ok=True)
    reports = []
    for name in ("daily.html", "digest.txt"):
        content = f"{name} of {day}, {flavour}".encode()
        (folder / name).write_bytes(content)
        reports.append(Report(name, hashlib.sha256(content).hexdigest(), len(content)))
    return reports


def close_of(day: date, flavour: str, files: Sequence[PinnedFile], reports: Sequence[Report], status: str = "closed") -> Close:
    """A close of these pins; the same flavour closes the same way."""
    return Close(
        business_date=day,
        close_id=f"{flavour}-{day}",
        status=status,
        started_at=datetime.now(UTC),
        code_version="1",
        config_hash="c",
        input_hash=f"i-{flavour}",
        output_hash=output_hash(files, reports),
        supersedes=None,
        delivery_hash=f"d-{flavour}",
        files=tuple(sorted(files, key=lambda f: (f.table, f.path))),
        reports=tuple(reports),
    )


def close_days(
    store: Store, staging: Path, days: Sequence[date], flavour: str, *, status: str = "closed", tables: Sequence[str] = TABLES, on_step=lambda _: None
) -> list[Close]:
    """Write, stage and publish days of a flavour in one publication."""
    closes, staged = [], {}
    for day in days:
        staged[day] = staging / flavour / day.isoformat()
        closes.append(close_of(day, flavour, write_day(store, day, flavour, tables), stage_reports(staged[day], day, flavour), status))
    store.publish(closes, staged, on_step)
    return closes
