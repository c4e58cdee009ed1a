"""What is sent to each vendor, to the letter: a prompt cannot drift without somebody reading it.

The requests as they should be lie in `golden/`. Where one is meant to change, delete its file, run
this test once to have it written anew (it fails then, saying so), and read the difference.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cloud.captures.models import DispositionVerdict
from cloud.evaluation.classifier import Classifier, ClassifierFailed, Question
from cloud.evaluation.drafting.prompt import write_prompt as write_draft_prompt
from cloud.evaluation.examples import Example
from cloud.evaluation.model_classifier import ModelClassifier
from cloud.kit.ids import new_id
from tests.captures.pictures import encode
from tests.evaluation.kinds import CHAT, GEMINI, KEY, RESPONSES, Kind, classifying
from tests.evaluation.stand_in import StandIn, failing

GOLDEN = Path(__file__).with_name("golden")

DESCRIPTION = "# Shelf\n\n- Three bottles stand on the shelf.\n- The lamp is on; nobody is there."

EXAMPLES = tuple(
    Example(new_id(), verdict, encode(Image.new("RGB", (400, 300), colour)))
    for verdict, colour in (
        (DispositionVerdict.NORMAL, (90, 100, 110)),
        (DispositionVerdict.ABNORMAL, (200, 40, 40)),
    )
)

CHANGING_HEADERS = frozenset({"host", "content-length", "user-agent", "connection"})
"""Those that say only where we run and by what; the SDKs' own versions are pinned elsewhere."""

SECRET_HEADERS = frozenset({"authorization", "x-goog-api-key"})


@dataclass(frozen=True)
class Sent:
    """One kind of request, and the settings that lead to it."""

    name: str
    kind: Kind
    settings: dict[str, Any]
    with_examples: bool = False
    for_draft: bool = False

    def __str__(self) -> str:
        return self.name


SENT = (
    Sent("openai_responses", RESPONSES, {}),
    Sent("openai_responses_gpt_4o_mini", RESPONSES, {"openai_model": "gpt-4o-mini"}),
    Sent("openai_decisions", RESPONSES, {"openai_api": "decisions"}),
    Sent("openai_responses_examples", RESPONSES, {}, with_examples=True),
    Sent("compatible_chat", CHAT, {}),
    Sent("compatible_chat_examples", CHAT, {}, with_examples=True),
    Sent("gemini_content", GEMINI, {}),
    Sent("gemini_content_examples", GEMINI, {}, with_examples=True),
    Sent("openai_responses_draft", RESPONSES, {}, for_draft=True),
    Sent("compatible_chat_draft", CHAT, {}, for_draft=True),
    Sent("gemini_content_draft", GEMINI, {}, for_draft=True),
    Sent("gemini_decisions", GEMINI, {"gemini_model": "gemini-decision-1"}),
)


@pytest.mark.parametrize("sent", SENT, ids=str)
async def test_what_is_sent_is_what_was_read_and_agreed(sent: Sent) -> None:
    with sent.kind.start(failing(503)) as running:
        document = await _send(sent, running)
    path = GOLDEN / f"{sent.name}.json"
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    assert KEY not in text
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path.name} was not there and has been written: read it, then commit it")
    assert json.loads(path.read_text(encoding="utf-8")) == document


def test_every_golden_request_is_still_made() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {sent.name for sent in SENT}


async def _send(sent: Sent, running: StandIn) -> dict[str, Any]:
    jpeg = encode(Image.new("RGB", (640, 480), (120, 130, 140)))
    examples = EXAMPLES if sent.with_examples else ()
    question = Question(new_id(), new_id(), new_id(), jpeg, DESCRIPTION, 1, examples)
    async with classifying(sent.kind, running, **sent.settings) as classifier:
        with pytest.raises(ClassifierFailed):
            await (_draft(classifier, jpeg) if sent.for_draft else classifier.classify(question))
    (request,) = running.requests
    body = {
        name: value
        for name, value in request.items()
        if name not in {"path", "headers", "authorization"}
    }
    return {
        "path": request["path"],
        "headers": _told(request["headers"]),
        "body": _replace_pictures(body, [jpeg, *(one.jpeg for one in examples)]),
    }


async def _draft(classifier: Classifier, jpeg: bytes) -> None:
    assert isinstance(classifier, ModelClassifier)
    await classifier.words.ask(write_draft_prompt([jpeg, jpeg]))


def _told(headers: dict[str, str]) -> dict[str, str]:
    named = {name.lower(): value for name, value in headers.items()}
    kept = {
        name: value
        for name, value in named.items()
        if name not in CHANGING_HEADERS and not name.startswith(("x-stainless", "x-goog-api-cl"))
    }
    secrets = dict.fromkeys(SECRET_HEADERS & kept.keys(), "(the key)")
    return dict(sorted({**kept, **secrets}.items()))


def _replace_pictures(value: Any, jpegs: Sequence[bytes]) -> Any:
    """The request with its pictures told by size and hash."""
    if isinstance(value, dict):
        return {name: _replace_pictures(inner, jpegs) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replace_pictures(inner, jpegs) for inner in value]
    for jpeg in jpegs:
        for encoded in (base64.b64encode(jpeg).decode(), base64.urlsafe_b64encode(jpeg).decode()):
            if isinstance(value, str) and encoded in value:
                digest = hashlib.sha256(jpeg).hexdigest()
                return value.replace(encoded, f"({len(jpeg)} bytes, sha256 {digest})")
    return value
