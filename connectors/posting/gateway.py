"""One source as a place to post to: its definition, settings and transport put together. The only door other rooms use."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from connectors.extraction.definition import platform
from connectors.extraction.template import settings_of
from connectors.posting.calling import Caller
from connectors.posting.definition import FileStep, posting_of, settings_for
from connectors.posting.entry import Entry
from connectors.posting.handing import Outbox
from connectors.posting.prepared import Prepared, prepare
from connectors.posting.protocol import Before, Note, Outcome, Poster, Result, Taken
from core.errors import UsageFault
from core.policy import Source


class Gateway:
    """Prepares and posts entries of one source. Raises UsageFault where its books or definition are incomplete."""

    def __init__(self, name: str, source: Source, books: Path) -> None:
        if source.posting is None:
            raise UsageFault(f"source {name} takes no entries", "tieout.toml", "nothing is posted where the books do not say so", f"[sources.{name}.posting]")
        self._name, self._source, self._to = name, source, source.posting
        self._chosen = platform(source.kind, books)
        self._definition = posting_of(self._chosen)
        self._settings = settings_for(self._definition, self._to, settings_of(self._chosen.definition, source), name)
        self._file, self._books = self._definition.file, books
        self._caller = None if self._file else Caller(name, source, self._chosen, self._definition, self._settings, books)

    @property
    def then(self) -> str:
        """What is left to do in the system once an entry is created there; empty: nothing."""
        return self._definition.then

    def reference(self, key: str) -> str:
        """Our key as the system carries it."""
        return key[: self._definition.key_length]

    def prepare(self, entry: Entry, again: int = 0) -> Prepared:
        """What would be sent for an entry; nothing is. `again`: how often it was handed over and taken back."""
        return prepare(entry, self._caller, self._source, self._to, self._chosen, self._definition, self._settings, again)

    def look_up(self, prepared: Prepared, earlier: Sequence[Prepared] = ()) -> Outcome | None:
        """What the system has under the entry's key; nothing is sent. Raises SystemFault where it cannot say."""
        if self._caller is None or self._file is not None:
            return self._outbox().look_up(prepared, earlier)
        return Poster(self._name, self._caller, self._definition).look_up(prepared, earlier)

    def post(self, prepared: Prepared, note: Note, *, taken: Taken | None = None, earlier: Sequence[Prepared] = (), before: Before | None = None) -> Outcome:
        """Bring a prepared entry into the ledger, once. Raises SystemFault before any write."""
        if self._caller is None or self._file is not None:
            return self._outbox().post(prepared, note, earlier=earlier, before=before)
        poster = Poster(self._name, self._caller, self._definition)
        return poster.post(prepared, note, taken or (lambda document: None), earlier=earlier, before=before or Before())

    def _outbox(self) -> Outbox:
        return Outbox(self._name, self._books, cast(FileStep, self._file), self._definition.then)


__all__ = ["Before", "Gateway", "Outcome", "Prepared", "Result"]
