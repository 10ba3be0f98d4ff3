"""A system that is not there: answers over real HTTP or HTTPS on loopback, with faults on demand. For the demo and for tests; never for real books.

What belongs here: the server, faults, signing checks all vendors share. What does not: any vendor's interface.
"""

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next request: answer something else, change the answer, wait, or drop the connection after it took effect."""

    reply: Reply | None = None
    mutate: Callable[[bytes], bytes] | None = None
    seconds: float = 0
    drops: bool = False
    only: str = ""
    """Only for requests whose body or target contains this."""


class StandIn:
    """Base of every stand-in: `answer` is the vendor's; `faults` are taken one per request, first first.

    `today`: what is entered later is not there yet. Vendors that are asked by the day of entry need no such clock.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: list[Fault] = []
        self.today = date.max
        self.tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def answer(self, asked: Asked) -> Reply:
        raise NotImplementedError

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("the stand-in is not open")
        return f"{self.scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def scheme(self) -> str:
        return "https" if self.tls else "http"

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def serve(self, asked: Asked) -> Reply | None:
        """The answer, after the next fault had its way; None: hang up."""
        with self._lock:
            self.asked.append(asked)
            fault = next((f for f in self.faults if f.only.encode() in asked.target.encode() + asked.body), None)
            if fault:
                self.faults.remove(fault)
        if fault and fault.seconds:
            time.sleep(fault.seconds)
        if fault and fault.reply:
            return fault.reply
        with self._lock:
            reply = self.answer(asked)
        if fault and fault.drops:
            return None
        if fault and fault.mutate:
            return Reply(reply.status, fault.mutate(reply.body), reply.headers)
        return reply


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = stand_in.serve(Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if reply is None:
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_PATCH = _serve

        def log_message(self, *arguments: Any) -> None:
            """Quiet."""

    return Handler
