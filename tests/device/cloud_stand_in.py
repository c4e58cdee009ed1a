"""Visant's side of the wire on loopback, as far as a camera sees it, with answers to order."""

import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesParser
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

LATER = "2100-01-01T00:00:00Z"


class CloudStandIn:
    """Accepts uploads with their own sha256 unless another answer was ordered first."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self.orders: deque[Response] = deque()
        self.loses_answer: Callable[[], bool] = lambda: False
        self.uploads: list[dict[str, bytes]] = []
        self.stored: dict[tuple[bytes, bytes], bytes] = {}
        self.keys: set[str | None] = set()
        self.beats: list[dict[str, Any]] = []
        self.beat_orders: deque[Response] = deque()
        self.on_beat: Callable[[], None] = lambda: None
        self.upgrade: dict[str, str] | None = None
        self.config_version = 0
        self.config: dict[str, Any] = {}
        self.streams: deque[Response] = deque()
        self.listeners: list[tuple[str | None, str | None]] = []
        self.acks: list[tuple[str, dict[str, Any]]] = []
        self.ack_orders: deque[Response] = deque()
        server.expect_request("/v1/captures", method="POST").respond_with_handler(self._take)
        server.expect_request("/v1/devices/U-1/heartbeat", method="POST").respond_with_handler(
            self._beat
        )
        server.expect_request("/v1/devices/U-1/config", method="GET").respond_with_handler(
            lambda _: _json(200, self.config)
        )
        server.expect_request("/v1/version/cloud", method="GET").respond_with_handler(
            lambda _: _json(200, {"version": "9", "upgrade": self.upgrade})
        )
        server.expect_request("/v1/devices/U-1/commands", method="GET").respond_with_handler(
            self._stream
        )
        server.expect_request(
            re.compile("^/v1/devices/U-1/commands/[^/]+/ack$"), method="POST"
        ).respond_with_handler(self._hear_ack)

    def _take(self, request: Request) -> Response:
        fields = read_parts(request)
        self.uploads.append(fields)
        self.keys.add(request.headers.get("Authorization"))
        if self.orders:
            return self.orders.popleft()
        name = fields["spool_id"], fields["sequence"]
        if self.stored.get(name, fields["image"]) != fields["image"]:
            return problem(409, "idempotency_conflict")
        status = 200 if name in self.stored else 201
        self.stored[name] = fields["image"]
        if self.loses_answer():
            return page(502)
        sha256 = hashlib.sha256(fields["image"]).hexdigest()
        return _json(status, {"record_id": f"r{len(self.stored)}", "sha256": sha256})

    def _stream(self, request: Request) -> Response:
        version = request.args.get("device_version")
        self.listeners.append((request.headers.get("Last-Event-ID"), version))
        return self.streams.popleft() if self.streams else problem(503, "busy")

    def _hear_ack(self, request: Request) -> Response:
        if self.ack_orders:
            return self.ack_orders.popleft()
        self.acks.append((request.path.split("/")[-2], json.loads(request.data)))
        return Response(status=204)

    def _beat(self, request: Request) -> Response:
        self.beats.append(json.loads(request.data))
        self.on_beat()
        if self.beat_orders:
            return self.beat_orders.popleft()
        hint = {} if self.upgrade is None else {"upgrade": self.upgrade}
        said = {"config_version": self.config_version, "server_time": "now"}
        return _json(200, said | hint)


def read_parts(request: Request) -> dict[str, bytes]:
    """The fields of an upload, decoded by the standard library rather than by our own code."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    whole = BytesParser().parsebytes(head + request.data)
    parts = [part for part in whole.walk() if not part.is_multipart()]
    return {_name(part): bytes(part.get_payload(decode=True)) for part in parts}


def event(name: str, number: int | None = None, **data: object) -> bytes:
    place = "" if number is None else f"id: {number}\n"
    return f"{place}event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def capture_event(number: int, command_id: str, expires_at: str = LATER, **data: object) -> bytes:
    """The cloud asks for a picture."""
    usual = {"command_id": command_id, "trigger_id": f"t-{command_id}", "kind": "manual"}
    return event("capture", number, **{**usual, "expires_at": expires_at, **data})


def stream(*events: bytes, then: Callable[[], object] = lambda: None) -> Response:
    """A command stream that says these, then does something, then ends."""

    def said() -> Iterator[bytes]:
        yield from events
        then()

    return Response(said(), 200, mimetype="text/event-stream")


def problem(status: int, code: str, **headers: str) -> Response:
    answer = _json(status, {"code": code, "detail": "Some sentence.", "status": status})
    answer.headers["Content-Type"] = "application/problem+json"
    answer.headers.update(headers)
    return answer


def page(status: int) -> Response:
    return Response("<html>Please log in to the hotel</html>", status, mimetype="text/html")


def _name(part: Message) -> str:
    return str(part.get_param("name", header="Content-Disposition"))


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
