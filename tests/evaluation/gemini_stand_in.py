"""A loopback stand-in of Gemini: generated content, and decisions.

As a program it answers every picture by how bright it is:
`python -m tests.evaluation.gemini_stand_in PORT`, then `GEMINI_BASE_URL=http://127.0.0.1:PORT`.
"""

import base64
import json
import sys
import threading
from contextlib import AbstractContextManager
from typing import Any

import cv2
import numpy as np

from tests.evaluation.stand_in import Reply, Script, StandIn, standing_in, verdict

INPUT_TOKENS, OUTPUT_TOKENS, THOUGHT_TOKENS = 1300, 50, 10
DARK = 60


def gemini_stand_in(script: Script, *, port: int = 0) -> AbstractContextManager[StandIn]:
    return standing_in(script, port=port)


def generated(text: str, *, finish_reason: str = "STOP") -> Reply:
    """Generated content that is this text."""
    candidate = {
        "content": {"role": "model", "parts": [{"text": text}]},
        "finishReason": finish_reason,
        "index": 0,
    }
    return Reply(json.dumps({"candidates": [candidate], **_counted()}).encode())


def answering(state: str, **changes: Any) -> Script:
    return lambda _request: generated(json.dumps(verdict(state, **changes)))


def blocking(reason: str) -> Script:
    """The prompt itself is refused."""
    document = {"promptFeedback": {"blockReason": reason}, **_counted()}
    return lambda _request: Reply(json.dumps(document).encode())


def decided(request: dict[str, Any], odds: list[float]) -> Reply:
    """A decision with these probabilities, in the order of the questions."""
    answers = {
        name: {"type": "noul", "noul": probability, "confidence": max(probability, 1 - probability)}
        for name, probability in zip(request["questions"], odds, strict=True)
    }
    usage = {"total_input_tokens": INPUT_TOKENS, "total_output_tokens": 0}
    return Reply(json.dumps({"answers": answers, "usage": usage}).encode())


def picture_of(request: dict[str, Any]) -> bytes:
    """The JPEG that a request carries, of either kind."""
    if "input" in request:
        return base64.b64decode(next(one["data"] for one in request["input"] if "data" in one))
    parts = request["contents"][0]["parts"]
    return base64.urlsafe_b64decode(
        next(p["inlineData"]["data"] for p in parts if "inlineData" in p)
    )


def judge_by_brightness(request: dict[str, Any]) -> Reply:
    """Bright pictures are normal, whichever way one asks."""
    grey = cv2.imdecode(np.frombuffer(picture_of(request), np.uint8), cv2.IMREAD_GRAYSCALE)
    bright = grey is not None and float(grey.mean()) > DARK
    if request["path"].endswith("/decisions"):
        odds = [0.97 if bright else 0.03 for _ in request["questions"]]
        return decided(request, [0.99, 0.99, *odds[2:]])
    return generated(json.dumps(verdict("normal" if bright else "abnormal")))


def _counted() -> dict[str, Any]:
    return {
        "usageMetadata": {
            "promptTokenCount": INPUT_TOKENS,
            "candidatesTokenCount": OUTPUT_TOKENS,
            "thoughtsTokenCount": THOUGHT_TOKENS,
            "totalTokenCount": INPUT_TOKENS + OUTPUT_TOKENS + THOUGHT_TOKENS,
        }
    }


if __name__ == "__main__":
    with gemini_stand_in(judge_by_brightness, port=int(sys.argv[1])) as running:
        sys.stdout.write(f"{running.base_url}\n")
        sys.stdout.flush()
        threading.Event().wait()
