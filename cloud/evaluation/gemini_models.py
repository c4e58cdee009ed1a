"""Gemini's models, by Google's SDK: generated content under a response schema, and decisions."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from cloud.evaluation.answers import Fraction
from cloud.evaluation.asking import (
    AnswerUnreadable,
    Odds,
    Picture,
    Prompt,
    Reply,
)
from cloud.evaluation.late import Late
from cloud.evaluation.registry import ModelCard, Tokens
from cloud.evaluation.transport import ModelTransport

if TYPE_CHECKING:
    from google.genai import Client

API_VERSION = "v1beta"  # decisions are nowhere else

REFUSALS = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "MODEL_ARMOR",
    }
)
"""Why Gemini ends an answer that it does not want to give."""


class GeminiModels:
    """One client for all calls; nothing of a question stays in it."""

    def __init__(
        self, transport: ModelTransport, key: SecretStr | None, base_url: str | None
    ) -> None:
        self._client = Late(lambda: _make_client(transport, key, base_url))

    async def ask(self, card: ModelCard, prompt: Prompt) -> Reply:
        client = await self._client.get()
        answer = await client.aio.models.generate_content(**_write_request(card, prompt))
        raw = answer.sdk_http_response
        return read_content((raw.body if raw else None) or "")

    async def decide(
        self, card: ModelCard, instructions: str, jpeg: bytes, statements: Sequence[str]
    ) -> Odds:
        client = await self._client.get()
        answer = await client.aio.decisions.with_raw_response.create(
            **_write_decision(card, instructions, jpeg, statements)
        )
        return read_decision(await answer.read(), len(statements))


def _make_client(
    transport: ModelTransport, key: SecretStr | None, base_url: str | None
) -> "Client":
    """The SDK on our transport; it neither retries nor gives up by itself."""
    from google.genai import Client  # noqa: PLC0415  # dear: only where it is used
    from google.genai.types import HttpOptions, HttpRetryOptions  # noqa: PLC0415

    return Client(
        api_key=key.get_secret_value() if key else "none",
        vertexai=False,
        http_options=HttpOptions(
            base_url=base_url,
            api_version=API_VERSION,
            httpx_async_client=transport.make_client(),
            retry_options=HttpRetryOptions(attempts=1),
        ),
    )


def _write_request(card: ModelCard, prompt: Prompt) -> dict[str, Any]:
    """What is asked and what is shown have separate places."""
    thinking = {"thinking_config": {"thinking_level": card.reasoning}} if card.reasoning else {}
    return {
        "model": card.name,
        "contents": [{"role": "user", "parts": [_part(shown) for shown in prompt.shown]}],
        "config": {
            "system_instruction": prompt.instructions,
            "response_mime_type": "application/json",
            "response_json_schema": prompt.form.schema,
            "max_output_tokens": prompt.form.most_tokens,
            "media_resolution": _resolution(card.picture.detail),
            "automatic_function_calling": {"disable": True},
            "should_return_http_response": True,
            **thinking,
        },
    }


def _part(shown: str | Picture) -> dict[str, Any]:
    """What is to be looked at as usual has the resolution of the whole request."""
    if isinstance(shown, str):
        return {"text": shown}
    picture = {"inline_data": {"mime_type": "image/jpeg", "data": shown.jpeg}}
    if shown.detail is None:
        return picture
    return {**picture, "media_resolution": {"level": _resolution(shown.detail)}}


def _resolution(detail: str) -> str:
    return f"MEDIA_RESOLUTION_{detail.upper()}"


def _write_decision(
    card: ModelCard, instructions: str, jpeg: bytes, statements: Sequence[str]
) -> dict[str, Any]:
    """As the SDK's own objects: plain ones it would check against types made anew each time."""
    from google.genai.decisions import NoulQuestion  # noqa: PLC0415  # as above
    from google.genai.interactions import ImageContent, TextContent  # noqa: PLC0415

    picture = ImageContent(
        mime_type="image/jpeg",
        data=base64.b64encode(jpeg).decode(),
        resolution=card.picture.detail,
    )
    return {
        "model": card.name,
        "input": [TextContent(text=instructions), picture],
        "questions": {
            f"statement_{number}": NoulQuestion(instructions=statement)
            for number, statement in enumerate(statements, start=1)
        },
    }


class _Read(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class _Part(_Read):
    text: str = ""
    thought: bool = False


class _Content(_Read):
    parts: list[_Part] = []


class _Candidate(_Read):
    content: _Content = _Content()
    finish_reason: str | None = None


class _Feedback(_Read):
    block_reason: str | None = None


class _Counted(_Read):
    prompt_token_count: int
    cached_content_token_count: int = 0
    candidates_token_count: int = 0
    thoughts_token_count: int = 0

    @property
    def tokens(self) -> Tokens:
        """Thoughts are billed as output."""
        return Tokens(
            total_in=self.prompt_token_count,
            out=self.candidates_token_count + self.thoughts_token_count,
            cached=self.cached_content_token_count,
        )


class _Generated(_Read):
    candidates: list[_Candidate] = []
    prompt_feedback: _Feedback | None = None
    usage_metadata: _Counted | None = None


def read_content(body: str) -> Reply:
    """What the model said. Raises AnswerUnreadable."""
    try:
        generated = _Generated.model_validate_json(body)
    except (ValidationError, ValueError):
        raise AnswerUnreadable from None
    tokens = generated.usage_metadata.tokens if generated.usage_metadata else None
    if generated.prompt_feedback and generated.prompt_feedback.block_reason:
        return Reply("", tokens, refusal=f"blocked: {generated.prompt_feedback.block_reason}")
    if len(generated.candidates) != 1:
        raise AnswerUnreadable
    (candidate,) = generated.candidates
    ended = candidate.finish_reason
    return Reply(
        text="".join(part.text for part in candidate.content.parts if not part.thought),
        tokens=tokens,
        refusal=f"blocked: {ended}" if ended in REFUSALS else None,
        complete=ended == "STOP",
    )


class _Noul(BaseModel):
    noul: Fraction


class _Blocked(BaseModel):
    block_reason: str | None = None


class _Billed(BaseModel):
    total_input_tokens: int
    total_output_tokens: int = 0
    total_cached_tokens: int = 0

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.total_input_tokens, self.total_output_tokens, self.total_cached_tokens)


class _Decision(BaseModel):
    answers: dict[str, _Noul] = {}
    prompt_feedback: _Blocked | None = None
    usage: _Billed | None = None


def read_decision(body: bytes, asked: int) -> Odds:
    """How likely each statement is. Raises AnswerUnreadable."""
    try:
        decision = _Decision.model_validate_json(body)
    except (ValidationError, ValueError):
        raise AnswerUnreadable from None
    tokens = decision.usage.tokens if decision.usage else None
    if decision.prompt_feedback and decision.prompt_feedback.block_reason:
        reason = decision.prompt_feedback.block_reason
        return Odds((), tokens, refusal=f"blocked: {reason}")
    names = [f"statement_{number}" for number in range(1, asked + 1)]
    if set(decision.answers) != set(names):
        raise AnswerUnreadable
    return Odds(tuple(decision.answers[name].noul for name in names), tokens)
