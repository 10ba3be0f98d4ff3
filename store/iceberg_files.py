"""pyiceberg's file access for a lake on a local disk: every metadata file appears whole and is on disk before it is named.

pyiceberg's own local access goes through pyarrow, whose import costs more than a small day's whole publish and which does not fsync.
"""

import os
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream


def to_path(location: str) -> Path:
    """The local path of an Iceberg location (`file:///…` or a plain path)."""
    return Path(location.removeprefix("file://"))


def to_location(path: Path) -> str:
    """The Iceberg location of a local absolute path; not percent-encoded, as Iceberg readers do not decode."""
    return f"file://{path}"


class LocalInput(InputFile):
    def __len__(self) -> int:
        return to_path(self.location).stat().st_size

    def exists(self) -> bool:
        return to_path(self.location).exists()

    def open(self, seekable: bool = True) -> InputStream:
        return cast(InputStream, to_path(self.location).open("rb"))


class WholeFile(BytesIO):
    """Collects bytes (metadata files are small) and puts them on disk at once when closed without an exception."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._abandoned = False

    def __exit__(self, kind: object, *rest: object) -> None:
        self._abandoned = kind is not None
        self.close()

    def close(self) -> None:
        if not self.closed and not self._abandoned:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.parent / f".{self._path.name}.{os.getpid()}.tmp"
            with cast(BinaryIO, temporary.open("wb")) as handle:
                handle.write(self.getbuffer())
                handle.flush()
                os.fsync(handle.fileno())
            temporary.replace(self._path)
        super().close()


class LocalOutput(OutputFile):
    def __len__(self) -> int:
        return to_path(self.location).stat().st_size

    def exists(self) -> bool:
        return to_path(self.location).exists()

    def to_input_file(self) -> InputFile:
        return LocalInput(self.location)

    def create(self, overwrite: bool = False) -> OutputStream:
        if not overwrite and self.exists():
            raise FileExistsError(self.location)
        return cast(OutputStream, WholeFile(to_path(self.location)))


class LocalFiles(FileIO):
    """Named by its import path in the catalogue's `py-io-impl`."""

    def new_input(self, location: str) -> InputFile:
        return LocalInput(location)

    def new_output(self, location: str) -> OutputFile:
        return LocalOutput(location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        to_path(location if isinstance(location, str) else location.location).unlink()
