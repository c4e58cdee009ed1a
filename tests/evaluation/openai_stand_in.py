"""A loopback stand-in of OpenAI: the Responses API, chat completions, and decisions.

As a program it answers every picture by how bright it is, to show the path without a key, or
always the same: `python -m tests.evaluation.openai_stand_in PORT [normal|abnormal|uncertain]`, then
`OPENAI_BASE_URL=http://127.0.0.1:PORT/v1`.
"""

import base64
import json
import sys
import time
from contextlib import AbstractContextManager
from typing import Any

import cv2
import numpy as np

from cloud.evaluation.drafting.prompt import DRAFT
from tests.evaluation.stand_in import Reply, Script, StandIn, standing_in, verdict

INPUT_TOKENS, OUTPUT_TOKENS, CACHED_TOKENS = 1000, 40, 0
DARK = 60
FORGETS_EVERY_SECONDS = 5
DRAFTED = ["The whole picture is bright.", "The light may vary."]


def openai_stand_in(script: Script, *, port: int = 0) -> AbstractContextManager[StandIn]:
    return standing_in(script, path="/v1", port=port)


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


def chatted(text: str | None, *, refusal: str | None = None, finish_reason: str = "stop") -> Reply:
    """A chat completion whose message is this text."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    document = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "somebody/vision-model",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {
            "prompt_tokens": INPUT_TOKENS,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
            "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS},
        },
    }
    return Reply(json.dumps(document).encode())


def decided(request: dict[str, Any], odds: list[float | None]) -> Reply:
    """A decision with these probabilities; None is a refusal of that question."""
    answers = [
        {"type": "refusal", "name": question["name"]}
        if probability is None
        else {"type": "predicate", "name": question["name"], "probability": probability}
        for question, probability in zip(request["questions"], odds, strict=True)
    ]
    usage = {**_usage(), "output_tokens": 0, "total_tokens": INPUT_TOKENS}
    document = {"model": request["model"], "answers": answers, "usage": usage}
    return Reply(json.dumps(document).encode())


def picture_of(request: dict[str, Any]) -> bytes:
    """The JPEG that a request carries, of whichever of the three kinds."""
    messages = request.get("input") or request["messages"]
    parts = [part for message in messages for part in message["content"]]
    shown = next(part["image_url"] for part in parts if "image_url" in part)
    url = shown if isinstance(shown, str) else shown["url"]
    return base64.b64decode(url.removeprefix("data:image/jpeg;base64,"))


def judge_by_brightness(request: dict[str, Any]) -> Reply:
    """Bright pictures are normal, whichever way one asks; drafts are always the same."""
    grey = cv2.imdecode(np.frombuffer(picture_of(request), np.uint8), cv2.IMREAD_GRAYSCALE)
    bright = grey is not None and float(grey.mean()) > DARK
    if "text" in request and request["text"]["format"]["name"] == DRAFT.name:
        return completed(json.dumps({"sentences": DRAFTED, "instruction_text_seen": False}))
    if request["path"].endswith("/decisions"):
        odds: list[float | None] = [0.97 if bright else 0.03 for _ in request["questions"]]
        return decided(request, [0.99, 0.99, *odds[2:]])
    text = json.dumps(verdict("normal" if bright else "abnormal"))
    return chatted(text) if request["path"].endswith("/chat/completions") else completed(text)


def _response(parts: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    message = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": parts,
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_790_000_000,
        "model": "gpt-6-luna",
        "status": "completed",
        "output": [message],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": _usage(),
        **changes,
    }


def _usage() -> dict[str, Any]:
    return {
        "input_tokens": INPUT_TOKENS,
        "input_tokens_details": {"cached_tokens": CACHED_TOKENS, "cache_write_tokens": 0},
        "output_tokens": OUTPUT_TOKENS,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
    }


def main(port: str, state: str | None = None) -> None:
    script = answering(state) if state else judge_by_brightness
    with openai_stand_in(script, port=int(port)) as running:
        sys.stdout.write(f"{running.base_url}\n")
        sys.stdout.flush()
        while True:
            time.sleep(FORGETS_EVERY_SECONDS)
            running.requests.clear()


if __name__ == "__main__":
    main(*sys.argv[1:])
