"""A loopback stand-in of OpenAI's Responses API: it speaks the wire format and keeps what it got.

As a program it answers every picture by how bright it is, to show the path without a key:
`python -m tests.evaluation.openai_stand_in PORT`, then `OPENAI_BASE_URL=http://127.0.0.1:PORT/v1`.
"""

import base64
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np

INPUT_TOKENS, OUTPUT_TOKENS = 1000, 40


@dataclass(frozen=True)
class Reply:
    """What goes back: a status, a body, and headers beside the usual ones."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Script = Callable[[dict[str, Any]], Reply]


def verdict(state: str, **changes: Any) -> dict[str, Any]:
    """A well-formed answer of the model."""
    return {
        "state": state,
        "confidence": 0.9,
        "reason": f"It looks {state}.",
        "clause": None,
        "box": None,
        "instruction_text_seen": False,
        **changes,
    }


def completed(text: str, **changes: Any) -> Reply:
    """A completed response whose output is this text."""
    part = {"type": "output_text", "text": text, "annotations": []}
    return Reply(json.dumps(_response([part], **changes)).encode())


def answering(state: str, **changes: Any) -> Script:
    return lambda _request: completed(json.dumps(verdict(state, **changes)))


def refusing(words: str) -> Script:
    return lambda _request: Reply(
        json.dumps(_response([{"type": "refusal", "refusal": words}])).encode()
    )


def failing(status: int, **headers: str) -> Script:
    body = json.dumps({"error": {"message": "not now", "type": "server_error"}}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: Reply(body, status, named)


@dataclass
class StandIn:
    """A running stand-in. `script` may be changed while it runs."""

    base_url: str
    script: Script
    requests: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def openai_stand_in(script: Script, *, port: int = 0) -> Iterator[StandIn]:
    server = _Server(("127.0.0.1", port), _Handler)
    stand_in = StandIn(f"http://127.0.0.1:{server.server_address[1]}/v1", script)
    server.stand_in = stand_in  # type: ignore[attr-defined]  # handed to each request's handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def picture_of(request: dict[str, Any]) -> bytes:
    """The JPEG that a request carries."""
    url = next(part["image_url"] for part in request["input"][0]["content"] if "image_url" in part)
    return base64.b64decode(url.removeprefix("data:image/jpeg;base64,"))


def judge_by_brightness(request: dict[str, Any]) -> Reply:
    grey = cv2.imdecode(np.frombuffer(picture_of(request), np.uint8), cv2.IMREAD_GRAYSCALE)
    state = "normal" if grey is not None and float(grey.mean()) > DARK else "abnormal"
    return completed(json.dumps(verdict(state)))


DARK = 60


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller that is killed or gives up: some tests are about that."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        stand_in: StandIn = self.server.stand_in  # type: ignore[attr-defined]  # see above
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request["path"] = self.path
        request["authorization"] = self.headers["Authorization"]
        stand_in.requests.append(request)
        reply = stand_in.script(request)
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""


def _response(parts: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_790_000_000,
        "model": "gpt-6-luna",
        "status": "completed",
        "output": [
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": parts,
            }
        ],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": INPUT_TOKENS,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": OUTPUT_TOKENS,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
        },
        **changes,
    }


if __name__ == "__main__":
    with openai_stand_in(judge_by_brightness, port=int(sys.argv[1])) as running:
        sys.stdout.write(f"{running.base_url}\n")
        sys.stdout.flush()
        threading.Event().wait()
