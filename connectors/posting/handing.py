"""Entries handed over as files: one archive for each entry in `outbox/<source>/`, written once.

What does not belong here: loading it into a system; whether it was imported is what the next extract shows.
"""

from pathlib import Path

from connectors.extraction.vault import write_durably
from connectors.posting.definition import FileStep
from connectors.posting.file_body import archive_of, member_of
from connectors.posting.prepared import Prepared
from connectors.posting.protocol import Note, Outcome, Result


class Outbox:
    """The folder of one source from which people or jobs take files. A file that was taken may be moved to `done/`, never changed."""

    def __init__(self, name: str, books: Path, step: FileStep, then: str) -> None:
        self._folder, self._step, self._then = books / "outbox" / name, step, then

    def post(self, prepared: Prepared, note: Note) -> Outcome:
        """Hand an entry over, once."""
        (draft,) = prepared.drafts
        for there in (self._folder / draft.target, self._folder / "done" / draft.target):
            if there.is_file():
                same = member_of(self._step, there.read_bytes()) == draft.body
                return Outcome(Result.ALREADY_PRESENT, there.name, self._then) if same else Outcome(
                    Result.REJECTED, there.name, "a file under our key holds something else: it is never overwritten"
                )  # fmt: skip
        self._folder.mkdir(parents=True, exist_ok=True)
        note(draft.target, draft.body, None)
        write_durably(self._folder / draft.target, archive_of(self._step, draft))
        return Outcome(Result.CREATED, draft.target, self._then)
