"""Dagster's web interface and daemon over some books, a browser before them, and questions to the interface's own API."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dagster_project.instance import prepare
from tieout.commands.ui import WORKSPACE

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"),
    *("--disable-default-apps", "--disable-domain-reliability", "--metrics-recording-only", "--font-render-hinting=none"),
)


def program(*names: str) -> str:
    """The first of these programs that is here; else the test is skipped with a word, or fails where they are required."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        message = f"{names[0]} is not installed here (tests/ui/install)"
        if os.environ.get("TIEOUT_REQUIRE_UI") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return found


@dataclass(frozen=True, slots=True)
class Interface:
    """A running web interface."""

    address: str

    def ask(self, query: str) -> Any:
        """The answer of the interface's GraphQL API."""
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(f"{self.address}/graphql", data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            told = json.load(answer)
        assert "errors" not in told, told
        return told["data"]


@contextmanager
def interface(books: Path) -> Iterator[Interface]:
    """The services of `tieout ui` on a free port; both end with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = prepare(books)
    environment = {**os.environ, "TIEOUT_BOOKS": str(books), "DAGSTER_HOME": str(home)}
    here = Path(sys.executable).parent
    commands = (
        [str(here / "dagster-daemon"), "run", "-w", str(WORKSPACE)],
        [str(here / "dagster-webserver"), "-w", str(WORKSPACE), "-h", "127.0.0.1", "-p", str(port)],
    )
    with (home / "services.log").open("wb") as log:
        processes = [subprocess.Popen(c, env=environment, cwd=WORKSPACE.parent, stdout=log, stderr=subprocess.STDOUT) for c in commands]
        try:
            running = Interface(f"http://127.0.0.1:{port}")
            wait_until(lambda: _answers(running), 180, f"the web interface did not come up: {home / 'services.log'}")
            yield running
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=60)


def _answers(running: Interface) -> bool:
    try:
        return bool(running.ask("{ version }"))
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def wait_until(condition: Callable[[], object], seconds: float, otherwise: str | Callable[[], str]) -> None:
    """Ask again until it holds; the limit only keeps a broken run from hanging."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, otherwise() if callable(otherwise) else otherwise
        time.sleep(0.5)


@contextmanager
def page(width: int = 1600, height: int = 1000) -> Iterator[Any]:
    """A page of a headless browser that talks to nobody but the address it is sent to."""
    executable = program(*BROWSERS)
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        try:
            shown = browser.new_page(viewport={"width": width, "height": height})
            shown.set_default_timeout(120_000)
            yield shown
        finally:
            browser.close()
