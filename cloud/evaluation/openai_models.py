"""OpenAI's models, by its SDK: the Responses API with strict structured output, and decisions."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import httpx2
from pydantic import BaseModel, SecretStr, ValidationError

from cloud.evaluation.answers import Fraction
from cloud.evaluation.asking import (
    AnswerUnreadable,
    Odds,
    Picture,
    Prompt,
    Reply,
    find_cause,
)
from cloud.evaluation.late import Late
from cloud.evaluation.registry import ModelCard, Tokens
from cloud.evaluation.transport import ModelTransport

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class OpenAIModels:
    """One client for all calls; nothing of a question stays in it."""

    def __init__(
        self, transport: ModelTransport, key: SecretStr | None, base_url: str | None
    ) -> None:
        self._client = Late(lambda: make_openai_client(transport, key, base_url))

    async def ask(self, card: ModelCard, prompt: Prompt) -> Reply:
        client = await self._client.get()
        return read_response(await post(client, "/responses", _write_request(card, prompt)))

    async def decide(
        self, card: ModelCard, instructions: str, jpeg: bytes, statements: Sequence[str]
    ) -> Odds:
        client = await self._client.get()
        request = _write_decision(card, instructions, jpeg, statements)
        return read_decision(await post(client, "/decisions", request), len(statements))


def make_openai_client(
    transport: ModelTransport, key: SecretStr | None, base_url: str | None
) -> "AsyncOpenAI":
    """The SDK on our transport; it neither retries nor gives up by itself."""
    from openai import AsyncOpenAI  # noqa: PLC0415  # dear: only where it is used

    return AsyncOpenAI(
        api_key=key.get_secret_value() if key else "none",
        base_url=base_url,
        timeout=None,
        max_retries=0,
        http_client=transport.make_client(),
    )


async def post(client: "AsyncOpenAI", path: str, request: dict[str, Any]) -> bytes:
    """Send a request as it is written; the body of the answer.

    The SDK's method for each address first goes over every field of a request by its type, which
    takes more time than all the rest of a call. Raises ProviderFailed and AnswerUnreadable: what
    the transport said instead of what the SDK made of it.
    """
    from openai import OpenAIError  # noqa: PLC0415  # as above

    try:
        answer = await client.post(path, cast_to=httpx2.Response, body=request)
    except OpenAIError as error:
        raise find_cause(error) from None
    return answer.content


def data_url(jpeg: bytes) -> str:
    """A picture as OpenAI and those who speak like it take one."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def _write_request(card: ModelCard, prompt: Prompt) -> dict[str, Any]:
    """What is asked and what is shown have separate places."""
    request: dict[str, Any] = {
        "model": card.name,
        "instructions": prompt.instructions,
        "input": [
            {
                "role": "user",
                "content": [_part(card, shown) for shown in prompt.shown],
            }
        ],
        "text": {
            "format": {
                "type": "json_schema",
                "name": prompt.form.name,
                "strict": True,
                "schema": prompt.form.schema,
            }
        },
        "max_output_tokens": prompt.form.most_tokens,
        "store": False,
    }
    return request | ({"reasoning": {"effort": card.reasoning}} if card.reasoning else {})


def _write_decision(
    card: ModelCard, instructions: str, jpeg: bytes, statements: Sequence[str]
) -> dict[str, Any]:
    return {
        "model": card.name,
        "input": [
            {
                "role": "system",
                "content": [{"type": "input_text", "text": instructions}],
            },
            {"role": "user", "content": [_part(card, Picture(jpeg))]},
        ],
        "questions": [
            {"type": "predicate", "name": f"statement_{number}", "instructions": statement}
            for number, statement in enumerate(statements, start=1)
        ],
    }


def _part(card: ModelCard, shown: str | Picture) -> dict[str, Any]:
    """The detail is always said: left out, the picture would be billed at its original size."""
    if isinstance(shown, str):
        return {"type": "input_text", "text": shown}
    detail = shown.detail or card.picture.detail
    return {"type": "input_image", "image_url": data_url(shown.jpeg), "detail": detail}


class _CountedIn(BaseModel):
    cached_tokens: int = 0
    cache_write_tokens: int = 0


class _Usage(BaseModel):
    input_tokens: int
    output_tokens: int
    input_tokens_details: _CountedIn = _CountedIn()

    @property
    def tokens(self) -> Tokens:
        details = self.input_tokens_details
        return Tokens(
            total_in=self.input_tokens,
            out=self.output_tokens,
            cached=details.cached_tokens,
            cache_written=details.cache_write_tokens,
        )


class _Part(BaseModel):
    type: str
    text: str = ""
    refusal: str = ""


class _Item(BaseModel):
    content: list[_Part] = []


class _Incomplete(BaseModel):
    reason: str = ""


class _Response(BaseModel):
    """What we read of a response. The SDK's own model takes whatever comes for what it names."""

    status: str
    output: list[_Item]
    usage: _Usage | None = None
    incomplete_details: _Incomplete | None = None


def read_response(body: bytes) -> Reply:
    """What the model said. Raises AnswerUnreadable."""
    try:
        response = _Response.model_validate_json(body)
    except (ValidationError, ValueError):
        raise AnswerUnreadable from None
    parts = [part for item in response.output for part in item.content]
    refusals = [part.refusal for part in parts if part.type == "refusal"]
    if response.incomplete_details and response.incomplete_details.reason == "content_filter":
        refusals.append("its content filter stopped it")
    return Reply(
        text="".join(part.text for part in parts if part.type == "output_text"),
        tokens=response.usage.tokens if response.usage else None,
        refusal=refusals[0] if refusals else None,
        complete=response.status == "completed",
    )


class _Predicate(BaseModel):
    type: str
    probability: Fraction | None = None


class _Decision(BaseModel):
    answers: list[_Predicate]
    usage: _Usage | None = None


def read_decision(body: bytes, asked: int) -> Odds:
    """How likely each statement is. Raises AnswerUnreadable."""
    try:
        decision = _Decision.model_validate_json(body)
    except (ValidationError, ValueError):
        raise AnswerUnreadable from None
    tokens = decision.usage.tokens if decision.usage else None
    if any(answer.type == "refusal" for answer in decision.answers):
        return Odds((), tokens, refusal="it declined to answer")
    odds = [
        answer.probability
        for answer in decision.answers
        if answer.type == "predicate" and answer.probability is not None
    ]
    if len(odds) != asked or len(decision.answers) != asked:
        raise AnswerUnreadable
    return Odds(tuple(odds), tokens)
