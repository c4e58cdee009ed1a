"""A loopback server in place of a model's vendor: it keeps what it got, says what it is told.

What it says on the wire is in the vendors' own files beside this one.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What goes back: a status, a body, whole or bit by bit, and headers beside the usual ones."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    bits: Iterable[bytes] | None = None


Script = Callable[[dict[str, Any]], Reply]
"""What is said to a request: its body, and beside it `path`, `headers` and `authorization`."""


def failing(status: int, **headers: str) -> Script:
    body = json.dumps({"error": {"message": "not now", "type": "server_error"}}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: Reply(body, status, named)


def verdict(state: str, **changes: Any) -> dict[str, Any]:
    """A well-formed answer of a model."""
    return {
        "state": state,
        "confidence": 0.9,
        "reason": f"It looks {state}.",
        "clause": None,
        "box": None,
        "instruction_text_seen": False,
        **changes,
    }


@dataclass
class StandIn:
    """A running stand-in. `script` may be changed while it runs."""

    base_url: str
    script: Script
    requests: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def standing_in(script: Script, *, path: str = "", port: int = 0) -> Iterator[StandIn]:
    """Serve on a free port of loopback; SDKs are told its address with `path`."""
    server = _Server(("127.0.0.1", port), _Handler)
    stand_in = StandIn(f"http://127.0.0.1:{server.server_address[1]}{path}", script)
    server.stand_in = stand_in  # type: ignore[attr-defined]  # handed to each request's handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller that is killed or gives up: some tests are about that."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        stand_in: StandIn = self.server.stand_in  # type: ignore[attr-defined]  # see above
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request["path"] = self.path
        request["headers"] = dict(self.headers)
        request["authorization"] = self.headers["Authorization"]
        stand_in.requests.append(request)
        self._reply(stand_in.script(request))

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        if reply.bits is None:
            self.send_header("Content-Length", str(len(reply.body)))
        else:
            self.send_header("Connection", "close")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for bit in [reply.body] if reply.bits is None else reply.bits:
            self.wfile.write(bit)
            self.wfile.flush()

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""
