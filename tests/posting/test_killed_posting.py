"""A process killed at the worst moment: the system has said that it took the entry, and nobody has read it back. It is looked for, and never sent again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

import pytest

from tests.posting.posted_books import D1, approved, books, close, held, post, the
from tests.posting.vendors import OPEN
from tieout.standins.server import Fault

pytestmark = pytest.mark.minutes
LOOK_UP = "Reference3%20eq"


def settling(folder: Path) -> None:
    """The platform in the books, where a look-up that finds nothing is believed after one second."""
    with resources.as_file(resources.files("connectors") / "platforms" / "sap_b1") as packaged:
        shutil.copytree(packaged, folder / "platforms" / "sap_b1")
    definition = folder / "platforms" / "sap_b1" / "post.toml"
    definition.write_text(definition.read_text().replace("settle_seconds = 600", "settle_seconds = 1"))


def test_what_was_taken_when_the_process_was_killed_is_looked_for_and_not_sent_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with OPEN["sap_b1"](monkeypatch, tmp_path, held()) as bench:
        folder = books(tmp_path / "books", bench.toml(D1, "gl"))
        settling(folder)
        close(folder, D1)
        approved(folder, D1)
        running: list[subprocess.Popen[bytes]] = []

        def kills(answer: bytes) -> bytes:
            os.kill(running[0].pid, signal.SIGKILL)
            return answer

        bench.system.faults = [Fault(only=LOOK_UP), Fault(mutate=kills, only=LOOK_UP)]
        command = [sys.executable, "-m", "tieout", "post", D1.isoformat(), "--send", "--by", "Cid", "--books", str(folder)]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        assert (running[0].wait(120), bench.documents()) == (-signal.SIGKILL, 1)
        left = the(post(folder, D1))
        assert (left.state, left.standing is not None and left.standing.taken) == ("unknown", True)
        time.sleep(1.1)
        bench.system.faults = [Fault(mutate=lambda answer: b'{"value": []}', only=LOOK_UP)]
        blind = the(post(folder, D1, "send", "Cid"))
        assert (blind.state, "the system took it" in blind.said) == ("unknown", True), "whoever reads may not see it yet"
        found = post(folder, D1, "send", "Cid")
        assert (the(found).state, found.exit_code, bench.documents(), bench.writes()) == ("already_present", 0, 1, 1)
