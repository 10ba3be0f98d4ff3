"""The Iceberg tables: one per declared table, partitioned by business date, replaced day by day in one commit per table.

They are a projection of the closes for other engines (Snowflake, Spark, Trino, Athena read them as they are): our own readers follow the pins
of the close rows. So a table that is lost, unreadable or was moved is simply made again from the pins. Importing this module imports
pyiceberg, which takes long; only publishing and checking do.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestFile
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update.snapshot import ExpireSnapshots, ManageSnapshots, _OverwriteFiles
from pyiceberg.transforms import IdentityTransform
from pyiceberg.typedef import Record
from pyiceberg.types import BooleanType, DateType, DecimalType, IcebergType, LongType, NestedField, StringType, TimestamptzType

from core import schema
from store.closes import PinnedFile, is_month_end
from store.database import connect
from store.disk import sync_folder
from store.iceberg_files import to_location, to_path

CATALOGUE, NAMESPACE = "tieout", "books"
KEEP_SNAPSHOTS, EXPIRE_ABOVE = 10, 20
_EPOCH = date(1970, 1, 1)

_TYPES: dict[schema.Type, IcebergType] = {
    schema.Type.TEXT: StringType(),
    schema.Type.POINTS: DecimalType(18, 4),
    schema.Type.AMOUNT: DecimalType(18, 4),
    schema.Type.SUM: DecimalType(38, 4),
    schema.Type.RATE: DecimalType(38, 12),
    schema.Type.DATE: DateType(),
    schema.Type.INSTANT: TimestamptzType(),
    schema.Type.BOOL: BooleanType(),
    schema.Type.COUNT: LongType(),
}

Pins = Mapping[date, Sequence[PinnedFile]]


def open_catalogue(database_url: str, warehouse: Path) -> SqlCatalog:
    """The catalogue, on an engine of ours: commits need not wait for the disk one by one, the close row written last waits for all."""
    local = {"py-io-impl": "store.iceberg_files.LocalFiles"}
    catalogue = SqlCatalog(CATALOGUE, uri=database_url, warehouse=to_location(warehouse), **local)
    catalogue.engine.dispose()
    catalogue.engine = connect(database_url, durable=False)
    catalogue.create_namespace_if_not_exists(NAMESPACE)
    return catalogue


class QuickTransaction(Transaction):
    """A transaction that works out its metadata once per staged update; pyiceberg copies all of it at each of some fifteen looks per commit."""

    _seen: tuple[object, object] | None = None
    _metadata: TableMetadata

    @property
    def table_metadata(self) -> TableMetadata:
        if self._seen is None or self._seen[0] is not self._updates or self._seen[1] is not self._table.metadata:
            self._seen = (self._updates, self._table.metadata)
            self._metadata = super().table_metadata if self._updates else self._table.metadata
        return self._metadata


class DayReplacement(_OverwriteFiles):
    """An overwrite that finds the files it deletes whatever the threads: pyiceberg 0.12 asks one evaluator of manifests from several at once.

    The evaluator keeps the bounds it looks at in itself, so that a thread judged another's manifest, missed the file, and the close failed.
    """

    def _build_manifest_evaluator(self, spec_id: int) -> Callable[[ManifestFile], bool]:
        build = super()._build_manifest_evaluator
        return lambda manifest: build(spec_id)(manifest)


class Lake:
    """The Iceberg tables of one books; keeps tables loaded between publications and reloads those another process has changed."""

    def __init__(self, root: Path, database_url: str) -> None:
        self._root = root
        self._catalogue = open_catalogue(database_url, root / "iceberg")
        self._tables: dict[str, Table] = {}

    def refresh(self) -> None:
        """Forget tables that have changed since they were loaded. Call once before a round of `replace`."""
        stored = self._locations()
        self._tables = {name: t for name, t in self._tables.items() if stored.get(name) == t.metadata_location}

    def replace(self, declared: schema.Table, days: Collection[date], pins: Pins) -> bool:
        """Make the table hold, on `days`, exactly the pinned files, in one commit; returns whether a commit was needed.

        `pins` covers every closed day: a table made afresh takes all of them.
        """
        try:
            return self._replace(declared, days, pins)
        except FileNotFoundError:  # metadata lost: make the table again
            self._forget(declared.name)
            return self._replace(declared, pins.keys(), pins)

    def dispose(self) -> None:
        """Give back database connections."""
        self._catalogue.engine.dispose()

    def names(self) -> set[str]:
        """The tables that exist."""
        return set(self._locations())

    def elsewhere(self) -> set[str]:
        """The tables whose metadata lies where the books were before they were copied or moved; the next publication makes them here."""
        return {name for name, location in self._locations().items() if not location.startswith(self._home(name) + "/")}

    def live_files(self, name: str) -> dict[str, int]:
        """Path relative to the lake root -> rows, of every data file the table holds now; empty where no table is.

        FileNotFoundError: its metadata is lost.
        """
        if name not in self._locations():
            return {}
        live = self._catalogue.load_table((NAMESPACE, name)).scan().plan_files()
        return {to_path(t.file.file_path).relative_to(self._root).as_posix(): t.file.record_count for t in live}

    def metadata_in_use(self) -> set[Path]:
        """Every metadata file that a retained snapshot of any table needs."""
        used: set[Path] = set()
        elsewhere = self.elsewhere()
        for name, location in self._locations().items():
            if name in elsewhere:
                continue
            table = self._catalogue.load_table((NAMESPACE, name))
            used |= {to_path(location), *(to_path(m.metadata_file) for m in table.metadata.metadata_log)}
            for snapshot in table.metadata.snapshots:
                used |= {to_path(snapshot.manifest_list), *(to_path(m.manifest_path) for m in snapshot.manifests(table.io))}
        return used

    def _locations(self) -> dict[str, str]:
        query = sa.select(IcebergTables.table_name, IcebergTables.metadata_location)
        query = query.where(IcebergTables.catalog_name == CATALOGUE, IcebergTables.table_namespace == NAMESPACE)
        with self._catalogue.engine.connect() as connection:
            return {name: location for name, location in connection.execute(query) if location}

    def _replace(self, declared: schema.Table, days: Collection[date], pins: Pins) -> bool:
        wanted = {d: [f for f in pins.get(d, ()) if f.rows] for d in days}
        table = self._open(declared, create=any(f.rows for files in pins.values() for f in files))
        if table is None:
            return False
        if table.current_snapshot() is None:
            wanted = {d: [f for f in files if f.rows] for d, files in pins.items()}
        present = _present(table, wanted.keys())
        paths = {to_location(self._root / f.path): (d, f) for d, files in wanted.items() for f in files}
        gone = [f for path, f in present.items() if path not in paths]
        new = [_data_file(path, d, f) for path, (d, f) in sorted(paths.items()) if path not in present]
        tags = _missing_tags(table, days, changed=bool(gone or new))
        if not (gone or new or tags):
            return False
        before, head = table.metadata, table.metadata.current_snapshot_id
        transaction = QuickTransaction(table)
        if gone or new:
            overwrite = partial(DayReplacement, operation=Operation.OVERWRITE, transaction=transaction, io=table.io)
            with overwrite() if gone else transaction.update_snapshot().merge_append() as producer:
                for file in gone:
                    producer.delete_data_file(file)
                for file in new:
                    producer.append_data_file(file)
            head = producer.snapshot_id
        _tag_and_expire(transaction, before, head, tags)
        self._tables[declared.name] = transaction.commit_transaction()
        sync_folder(to_path(table.metadata_location).parent)
        return True

    def _open(self, declared: schema.Table, *, create: bool) -> Table | None:
        name, home = declared.name, self._home(declared.name)
        if name not in self._tables:
            stored = self._locations().get(name)
            if stored is not None and not stored.startswith(home + "/"):  # the books were copied or moved: never write to the old place
                self._forget(name)
                stored = None
            if stored is not None:
                self._tables[name] = self._catalogue.load_table((NAMESPACE, name))
            elif create:
                self._tables[name] = self._create(declared, home)
            else:
                return None
        table = self._tables[name]
        present = set(table.schema().column_names)
        if added := [c for c in declared.columns if c.name not in present]:
            with table.update_schema() as update:
                for column in added:
                    update.add_column(column.name, _TYPES[column.type], column.meaning)
        return table

    def _create(self, declared: schema.Table, home: str) -> Table:
        fields = iceberg_schema(declared)
        day = PartitionField(source_id=1, field_id=1000, transform=IdentityTransform(), name="business_date")
        properties = {
            "schema.name-mapping.default": fields.name_mapping.model_dump_json(),  # our Parquet carries names, not ids
            "gc.enabled": "false",  # no engine may delete data files: earlier closes pin them
            "write.metadata.delete-after-commit.enabled": "true",
            "write.metadata.previous-versions-max": str(KEEP_SNAPSHOTS),
            "commit.manifest-merge.enabled": "true",
            "commit.manifest.min-count-to-merge": "30",
            "comment": declared.meaning,
        }
        return self._catalogue.create_table((NAMESPACE, declared.name), fields, home, PartitionSpec(day), properties=properties)

    def _home(self, name: str) -> str:
        return to_location(self._root / "iceberg" / name)

    def _forget(self, name: str) -> None:
        self._tables.pop(name, None)
        self._catalogue.drop_table((NAMESPACE, name))


def iceberg_schema(declared: schema.Table) -> Schema:
    """The Iceberg schema of a declared table: ids by position, after business_date (1) and close_id (2). Every column optional, as in the Parquet."""
    head = [NestedField(1, "business_date", DateType(), required=False), NestedField(2, "close_id", StringType(), required=False)]
    body = [NestedField(n, c.name, _TYPES[c.type], required=False, doc=c.meaning) for n, c in enumerate(declared.columns, start=3)]
    return Schema(*head, *body)


def month_end_tag(day: date) -> str | None:
    """`month-end-2017-01` on the last day of a month."""
    return f"month-end-{day:%Y-%m}" if is_month_end(day) else None


def _present(table: Table, days: Collection[date]) -> dict[str, DataFile]:
    """The files the table holds on these days, by location. Opens only manifests whose bounds touch the days: none for a new day."""
    snapshot = table.current_snapshot()
    numbers = {(d - _EPOCH).days for d in days}
    if snapshot is None or not numbers:
        return {}
    first, last = min(numbers), max(numbers)
    touching = [m for m in snapshot.manifests(table.io) if _bound(m, upper=False) <= last and first <= _bound(m, upper=True)]
    entries = (e.data_file for m in touching for e in m.fetch_manifest_entry(table.io, discard_deleted=True))
    return {f.file_path: f for f in entries if f.partition[0] in numbers}


def _bound(manifest: ManifestFile, *, upper: bool) -> int:
    """Lowest or highest business date in a manifest, as days since 1970 (four bytes, little endian, says the Iceberg specification)."""
    for summary in manifest.partitions or ():
        value = summary.upper_bound if upper else summary.lower_bound
        return int.from_bytes(value or b"", "little", signed=True)
    return 0


def _data_file(location: str, day: date, pin: PinnedFile) -> DataFile:
    file = DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=location,
        file_format=FileFormat.PARQUET,
        partition=Record((day - _EPOCH).days),
        record_count=pin.rows,
        file_size_in_bytes=to_path(location).stat().st_size,
    )
    file.spec_id = 0
    return file


def _missing_tags(table: Table, days: Iterable[date], *, changed: bool) -> list[str]:
    names = [tag for d in sorted(days) if (tag := month_end_tag(d))]
    return names if changed else [n for n in names if n not in table.metadata.refs and table.current_snapshot() is not None]


def _tag_and_expire(transaction: Transaction, before: TableMetadata, head: int | None, tags: Sequence[str]) -> None:
    """Stage tags on the new head, and, every ten commits or so, the expiry of untagged snapshots beyond the newest ten."""
    if tags and head is not None:
        manage = ManageSnapshots(transaction)
        for tag in tags:
            manage.create_tag(head, tag)
        manage.commit()
    tagged = {ref.snapshot_id for name, ref in before.refs.items() if name != "main"}
    passing = sorted((s for s in before.snapshots if s.snapshot_id not in tagged), key=lambda s: s.sequence_number or 0)
    if len(passing) > EXPIRE_ABOVE:
        limit = passing[-KEEP_SNAPSHOTS].timestamp_ms
        ExpireSnapshots(transaction).older_than(datetime.fromtimestamp(limit // 1000, UTC).replace(microsecond=limit % 1000 * 1000)).commit()
