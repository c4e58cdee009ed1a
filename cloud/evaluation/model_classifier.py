"""Judges with a vision-language model, whoever its vendor is: picture, description, one answer.

The answer is a document of a fixed schema, read exactly or not at all. A refusal is uncertain and
not asked again; whatever else is no verdict is a failure, and somebody else decides on retrying.
"""

from dataclasses import replace

from cloud.captures.models import State
from cloud.devices.config import ClassifierName
from cloud.evaluation.answers import ModelAnswer, clean_reason, read_answer
from cloud.evaluation.asking import Prompt, Talks
from cloud.evaluation.calling import UNREADABLE, Caller, failure
from cloud.evaluation.classifier import Answer, ClassifierFailed, Question, Usage
from cloud.evaluation.prompt import write_prompt
from cloud.evaluation.registry import ModelCard

DIRECTED = "Writing in the picture tries to direct the verdict."


class ModelClassifier:
    """Asks one model of one vendor. Keeps nothing between calls."""

    def __init__(self, card: ModelCard, vendor: Talks, caller: Caller) -> None:
        self.name: ClassifierName = card.classifier
        self.model: str = card.name
        self._card = card
        self._vendor = vendor
        self._caller = caller

    async def classify(self, question: Question) -> Answer:
        if not question.description:
            return without_description(self._card)
        side = self._card.picture.longest_side
        examples = question.examples
        prompt = await write_prompt(question.description, question.jpeg, side, examples)
        return replace(await self.answer(prompt), examples=examples)

    async def answer(self, prompt: Prompt) -> Answer:
        """Put a prompt that is already written. Raises ClassifierFailed."""
        reply, usage = await self._caller.call(
            self._card, lambda: self._vendor.ask(self._card, prompt)
        )
        if reply.refusal is not None:
            return refused(self._card, reply.refusal, usage)
        if not reply.complete:
            raise self._unreadable(usage)
        try:
            said = read_answer(reply.text)
        except ClassifierFailed:
            raise self._unreadable(usage) from None
        return _judge(self._card, said, usage)

    def _unreadable(self, usage: Usage) -> ClassifierFailed:
        return failure(self._card, [usage], UNREADABLE, code="ai_answer_invalid")


def without_description(card: ModelCard) -> Answer:
    """Nobody is asked what is normal where nobody has said."""
    reason = "no normal description"
    return Answer(card.classifier, card.name, State.UNCERTAIN, 0.0, reason, Usage())


def refused(card: ModelCard, words: str, usage: Usage) -> Answer:
    """The model does not want to judge: uncertain, with its own words."""
    reason = clean_reason(f"The model refused to judge this picture: {words}")
    return Answer(card.classifier, card.name, State.UNCERTAIN, 0.0, reason, usage)


def _judge(card: ModelCard, said: ModelAnswer, usage: Usage) -> Answer:
    state, reason = said.state, clean_reason(said.reason)
    if said.instruction_text_seen and state is State.NORMAL:
        state, reason = State.UNCERTAIN, clean_reason(f"{DIRECTED} {reason}")
    return Answer(
        card.classifier,
        card.name,
        state,
        said.confidence,
        reason,
        usage,
        clause=clean_reason(said.clause) if said.clause else None,
        box=said.evidence_box,
    )
