"""Asks an OpenAI model, by the official SDK and the Responses API with strict structured output."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from cloud.captures.models import State
from cloud.devices.config import ClassifierName
from cloud.evaluation.answers import ANSWER_SCHEMA, clean_reason, read_answer
from cloud.evaluation.classifier import (
    Answer,
    ClassifierFailed,
    Question,
    Usage,
)
from cloud.evaluation.prices import cost_usd
from cloud.evaluation.prompt import INSTRUCTIONS, fence_description, shrink_to_data_url
from cloud.kit.processor import compute
from cloud.kit.settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

MOST_TOKENS_OUT = 600
DETAIL = "high"
"""Always said: left out, the picture would be read at its original size, and cost so."""


class _Part(BaseModel):
    type: str
    text: str = ""
    refusal: str = ""


class _Item(BaseModel):
    content: list[_Part] = []


class _Tokens(BaseModel):
    input_tokens: int = 0
    output_tokens: int = 0


class _Response(BaseModel):
    """What we read of a response. The SDK's own model takes whatever comes for what it names."""

    status: str
    output: list[_Item]
    usage: _Tokens | None = None

    @property
    def parts(self) -> list[_Part]:
        return [part for item in self.output for part in item.content]

    @property
    def refusal(self) -> str | None:
        refusals = [part.refusal for part in self.parts if part.type == "refusal"]
        return refusals[0] if refusals else None

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if part.type == "output_text")


class OpenAIClassifier:
    """One client for all calls; nothing of a question stays in it."""

    name = ClassifierName.OPENAI

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: AsyncOpenAI | None = None
        self._making = asyncio.Lock()

    async def classify(self, question: Question) -> Answer:
        if question.description is None:
            return _without_description(self._settings.openai_model)
        picture = await compute(shrink_to_data_url, question.jpeg)
        began = time.monotonic()
        body = await self._ask(fence_description(question.description), picture)
        try:
            response = _Response.model_validate_json(body)
        except (ValidationError, ValueError):
            raise self._invalid(self._usage(None, began)) from None
        return self._read(response, self._usage(response.usage, began))

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _ask(self, description: str, picture: str) -> bytes:
        """The body of the response, as it came. Raises ClassifierFailed."""
        import openai  # noqa: PLC0415  # costs seconds and 80 MB: only where it is used

        client = await self._ready_client()
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._settings.ai_timeout_seconds):
                raw = await client.responses.with_raw_response.create(
                    **self._request(description, picture)
                )
        except (TimeoutError, openai.APITimeoutError):
            raise self._failed("The model did not answer in time.", began) from None
        except openai.APIStatusError as error:
            raise self._failed(
                f"The model's provider answered {error.status_code}.",
                began,
                retry_after=_retry_after(error.response.headers.get("retry-after")),
            ) from None
        except openai.APIError:
            raise self._failed("The model's provider cannot be reached.", began) from None
        return bytes(raw.content)

    def _request(self, description: str, picture: str) -> dict[str, Any]:
        """The request as it is sent: what is asked and what is shown have separate places."""
        return {
            "model": self._settings.openai_model,
            "instructions": INSTRUCTIONS,
            "input": [
                {
                    "role": "user",
                    "content": [
                        {"type": "input_text", "text": description},
                        {"type": "input_image", "image_url": picture, "detail": DETAIL},
                    ],
                }
            ],
            "text": {
                "format": {
                    "type": "json_schema",
                    "name": "verdict",
                    "strict": True,
                    "schema": ANSWER_SCHEMA,
                }
            },
            "max_output_tokens": MOST_TOKENS_OUT,
            "store": False,
        }

    def _read(self, response: _Response, usage: Usage) -> Answer:
        model = self._settings.openai_model
        if response.refusal is not None:
            reason = clean_reason(f"The model refused to judge this picture: {response.refusal}")
            return Answer(self.name, model, State.UNCERTAIN, 0.0, reason, usage)
        if response.status != "completed":
            raise self._invalid(usage)
        try:
            answer = read_answer(response.text)
        except ClassifierFailed:
            raise self._invalid(usage) from None
        state, reason = answer.state, clean_reason(answer.reason)
        if answer.instruction_text_seen and state is State.NORMAL:
            state = State.UNCERTAIN
            reason = clean_reason(f"Writing in the picture tries to direct the verdict. {reason}")
        clause = clean_reason(answer.clause) if answer.clause else None
        return Answer(
            self.name,
            model,
            state,
            answer.confidence,
            reason,
            usage,
            clause=clause,
            box=answer.evidence_box,
        )

    def _usage(self, counted: _Tokens | None, began: float) -> Usage:
        tokens_in = counted.input_tokens if counted else 0
        tokens_out = counted.output_tokens if counted else 0
        return Usage(
            latency_ms=round((time.monotonic() - began) * 1000),
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost_usd=cost_usd(self._settings.openai_model, tokens_in, tokens_out),
            paid=True,
        )

    def _failed(
        self, detail: str, began: float, *, retry_after: float | None = None
    ) -> ClassifierFailed:
        return ClassifierFailed(
            "ai_unavailable",
            detail,
            retry_after=retry_after,
            usage=self._usage(None, began),
            classifier=self.name,
            model=self._settings.openai_model,
        )

    def _invalid(self, usage: Usage) -> ClassifierFailed:
        return ClassifierFailed(
            "ai_answer_invalid",
            "The model's answer did not have the form that was asked for.",
            usage=usage,
            classifier=self.name,
            model=self._settings.openai_model,
        )

    async def _ready_client(self) -> "AsyncOpenAI":
        async with self._making:
            if self._client is None:
                self._client = await asyncio.to_thread(_make_client, self._settings)
        return self._client


def _make_client(settings: Settings) -> "AsyncOpenAI":
    from openai import AsyncOpenAI  # noqa: PLC0415  # as above

    key = settings.openai_api_key
    return AsyncOpenAI(
        api_key=key.get_secret_value() if key else "",
        base_url=settings.openai_base_url,
        timeout=settings.ai_timeout_seconds,
        max_retries=0,
    )


def _without_description(model: str) -> Answer:
    return Answer(
        ClassifierName.OPENAI, model, State.UNCERTAIN, 0.0, "no normal description", Usage()
    )


def _retry_after(header: str | None) -> float | None:
    return float(header) if header and header.isdecimal() else None
