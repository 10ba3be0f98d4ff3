"""One limiter per tenant: requests are spaced and counted however many sources and threads speak to the same system.

What belongs here: when a request may go. What does not: what is sent.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_limiters: dict[str, "Limiter"] = {}
_guard = threading.Lock()


class Limiter:
    """At most `concurrency` at a time, at most `per_minute`, none before `pause_until`."""

    def __init__(self, per_minute: int, concurrency: int) -> None:
        self._slots = threading.BoundedSemaphore(concurrency)
        self._interval_ns = 60_000_000_000 // per_minute
        self._lock = threading.Lock()
        self._next_ns = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it."""
        with self._slots:
            with self._lock:
                now = time.monotonic_ns()
                at = max(now, self._next_ns)
                self._next_ns = at + self._interval_ns
            if at > now:
                time.sleep((at - now) / 1_000_000_000)
            yield

    def pause(self, seconds: float) -> None:
        """The system asked everyone to wait."""
        with self._lock:
            self._next_ns = max(self._next_ns, time.monotonic_ns() + int(seconds * 1_000_000_000))


def limiter_of(tenant: str, per_minute: int, concurrency: int) -> Limiter:
    """The tenant's limiter; the strictest limits asked for so far hold for the process."""
    with _guard:
        if tenant not in _limiters:
            _limiters[tenant] = Limiter(per_minute, concurrency)
        return _limiters[tenant]
