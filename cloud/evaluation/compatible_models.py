"""Models of any server that speaks OpenAI's chat: NIM, Ollama, vLLM, llama.cpp, and many more."""

from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from cloud.evaluation.asking import AnswerUnreadable, Picture, Prompt, Reply
from cloud.evaluation.late import Late
from cloud.evaluation.openai_models import data_url, make_openai_client, post
from cloud.evaluation.registry import ModelCard, Tokens
from cloud.evaluation.transport import ModelTransport


class CompatibleModels:
    """One client for all calls; nothing of a question stays in it."""

    def __init__(
        self, transport: ModelTransport, key: SecretStr | None, base_url: str | None
    ) -> None:
        self._client = Late(lambda: make_openai_client(transport, key, base_url))

    async def ask(self, card: ModelCard, prompt: Prompt) -> Reply:
        client = await self._client.get()
        request = _write_request(card, prompt)
        return read_completion(await post(client, "/chat/completions", request))


def _write_request(card: ModelCard, prompt: Prompt) -> dict[str, Any]:
    return {
        "model": card.name,
        "messages": [
            {"role": "system", "content": prompt.instructions},
            {"role": "user", "content": [_part(card, shown) for shown in prompt.shown]},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": prompt.form.name,
                "strict": True,
                "schema": prompt.form.schema,
            },
        },
        "max_tokens": prompt.form.most_tokens,
        "temperature": 0,
    }


def _part(card: ModelCard, shown: str | Picture) -> dict[str, Any]:
    if isinstance(shown, str):
        return {"type": "text", "text": shown}
    picture = {"url": data_url(shown.jpeg), "detail": shown.detail or card.picture.detail}
    return {"type": "image_url", "image_url": picture}


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Cached(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: _Cached | None = None

    @property
    def tokens(self) -> Tokens:
        details = self.prompt_tokens_details
        return Tokens(
            total_in=self.prompt_tokens,
            out=self.completion_tokens,
            cached=(details.cached_tokens or 0) if details else 0,
        )


class _Completion(BaseModel):
    choices: list[_Choice]
    usage: _Usage | None = None


def read_completion(body: bytes) -> Reply:
    """What the model said. Raises AnswerUnreadable."""
    try:
        completion = _Completion.model_validate_json(body)
        (choice,) = completion.choices
    except (ValidationError, ValueError):
        raise AnswerUnreadable from None
    refusal = choice.message.refusal
    if choice.finish_reason == "content_filter":
        refusal = refusal or "its content filter stopped it"
    return Reply(
        text=choice.message.content or "",
        tokens=completion.usage.tokens if completion.usage else None,
        refusal=refusal,
        complete=choice.finish_reason == "stop",
    )
