"""Entries handed over as files: one archive for each entry in `outbox/<source>/`, written once.

What does not belong here: loading it into a system; whether it was imported is what the next extract shows.
"""

from collections.abc import Sequence
from pathlib import Path

from connectors.extraction.vault import write_durably
from connectors.posting.definition import FileStep
from connectors.posting.file_body import archive_of, member_of, names_before
from connectors.posting.prepared import Prepared
from connectors.posting.protocol import Before, Note, Outcome, Result

_GONE = "it was about to be handed over and its file is not in the outbox: unless somebody took it to import it, withdraw it (--entry KEY) and prepare it again"


class Outbox:
    """The folder of one source from which people or jobs take files. A file that was taken may be moved to `done/`, never changed."""

    def __init__(self, name: str, books: Path, step: FileStep, then: str) -> None:
        self._folder, self._step, self._then = books / "outbox" / name, step, then

    def look_up(self, prepared: Prepared, earlier: Sequence[Prepared] = ()) -> Outcome | None:
        """Whether the file of an entry is there, as it would be written now or as it was for another day. None: it is not, or nothing can be compared."""
        ours = {draft.body: draft.target for p in (*earlier, prepared) for draft in p.drafts}
        for name in dict.fromkeys(ours.values()):
            for there in (self._folder / name, self._folder / "done" / name):
                if there.is_file():
                    same = member_of(self._step, there.read_bytes()) in ours
                    return Outcome(Result.ALREADY_PRESENT, name, self._then, handed=True) if same else Outcome(
                        Result.REJECTED, name, "a file under our key holds something else: it is never overwritten", handed=True
                    )  # fmt: skip
        return None

    def post(self, prepared: Prepared, note: Note, *, earlier: Sequence[Prepared] = (), before: Before | None = None) -> Outcome:
        """Hand an entry over, once. Whoever takes files leaves nothing behind, so that a lost attempt is never made good by another file."""
        standing = self.look_up(prepared, earlier)
        if standing is not None:
            return standing
        (draft,) = prepared.drafts
        if before is not None and before.seconds_since is not None:
            return Outcome(Result.UNKNOWN, draft.target, _GONE, taken=True, handed=True)
        for name in names_before(self._step, prepared.values):
            if (self._folder / name).is_file():
                return Outcome(Result.REJECTED, name, f"{name} was withdrawn and lies in the outbox: take it out, so that nobody imports both")
        self._folder.mkdir(parents=True, exist_ok=True)
        note(draft.target, draft.body, None)
        write_durably(self._folder / draft.target, archive_of(self._step, draft))
        return Outcome(Result.CREATED, draft.target, self._then, handed=True)
