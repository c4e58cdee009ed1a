"""The ways of asking a model for words, each with its vendor's stand-in: what holds for one must
hold for all.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from cloud.devices.config import ClassifierName
from cloud.evaluation.classifier import Answer, Classifier, Question
from cloud.evaluation.making import make_models
from cloud.evaluation.transport import ModelTransport
from cloud.kit.ids import new_id
from cloud.kit.settings import Settings
from tests.captures.pictures import draw, encode
from tests.evaluation import gemini_stand_in, openai_stand_in
from tests.evaluation.stand_in import Reply, Script, StandIn

KEY = "sk-canary"


@dataclass(frozen=True)
class Kind:
    """One way of asking: whose, how its stand-in is started, and how it says words."""

    name: str
    classifier: ClassifierName
    model: str
    start: Callable[[Script], AbstractContextManager[StandIn]]
    say: Callable[[str], Reply]
    refuse: Callable[[str], Reply]
    cut: Callable[[str], Reply]
    settings: dict[str, Any]

    def __str__(self) -> str:
        return self.name


RESPONSES = Kind(
    "responses",
    ClassifierName.OPENAI,
    "gpt-6-luna",
    openai_stand_in.openai_stand_in,
    openai_stand_in.completed,
    lambda words: openai_stand_in.refusing(words)({}),
    lambda text: openai_stand_in.completed(
        text, status="incomplete", incomplete_details={"reason": "max_output_tokens"}
    ),
    {"openai_api_key": SecretStr(KEY)},
)
CHAT = Kind(
    "chat",
    ClassifierName.NIM,
    "some/vision-model",
    openai_stand_in.openai_stand_in,
    openai_stand_in.chatted,
    lambda words: openai_stand_in.chatted(None, refusal=words),
    lambda text: openai_stand_in.chatted(text, finish_reason="length"),
    {"nim_api_key": SecretStr(KEY), "nim_model": "some/vision-model"},
)
GEMINI = Kind(
    "gemini",
    ClassifierName.GEMINI,
    "gemini-3.5-flash-lite",
    gemini_stand_in.gemini_stand_in,
    gemini_stand_in.generated,
    lambda _words: gemini_stand_in.generated("", finish_reason="SAFETY"),
    lambda text: gemini_stand_in.generated(text, finish_reason="MAX_TOKENS"),
    {"gemini_api_key": SecretStr(KEY)},
)
KINDS = (RESPONSES, CHAT, GEMINI)


@asynccontextmanager
async def classifying(kind: Kind, stand_in: StandIn, **changes: Any) -> AsyncIterator[Classifier]:
    """The classifier of a kind, told to ask the stand-in."""
    base_url = {f"{kind.classifier}_base_url": stand_in.base_url}
    settings = Settings(_env_file=None, **{**kind.settings, **base_url, **changes})
    transport = ModelTransport()
    try:
        yield make_models(settings, transport)[kind.classifier]
    finally:
        await transport.aclose()


async def ask(
    kind: Kind,
    stand_in: StandIn,
    *,
    description: str | None = "Three bottles stand on the shelf.",
    size: tuple[int, int] = (320, 240),
    **changes: Any,
) -> Answer:
    """Ask once, and close everything."""
    async with classifying(kind, stand_in, **changes) as classifier:
        return await classifier.classify(a_question(description, size))


def a_question(
    description: str | None = "Three bottles stand on the shelf.",
    size: tuple[int, int] = (320, 240),
) -> Question:
    return Question(
        organization_id=new_id(),
        device_id=new_id(),
        capture_id=new_id(),
        jpeg=encode(draw(*size)),
        description=description,
        description_version=1,
    )


def saying(kind: Kind, document: Any) -> Script:
    """Answer with this, as a document of JSON unless it is text already."""
    text = document if isinstance(document, str) else json.dumps(document)
    return lambda _request: kind.say(text)
