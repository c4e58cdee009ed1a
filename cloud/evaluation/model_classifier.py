"""Judges with a vision-language model, whoever its vendor is: picture, description, one answer.

The answer is a document of a fixed schema, read exactly or not at all. A refusal is uncertain and
not asked again; whatever else is no verdict is a failure, and somebody else decides on retrying.
"""

from dataclasses import replace

from cloud.captures.models import State
from cloud.devices.config import ClassifierName
from cloud.evaluation.answers import ModelAnswer, clean_reason, read_answer
from cloud.evaluation.asking import Prompt
from cloud.evaluation.calling import AskedModel
from cloud.evaluation.classifier import Answer, ClassifierFailed, Question, Usage
from cloud.evaluation.prompt import shrink, write_prompt
from cloud.evaluation.registry import ModelCard
from cloud.kit.processor import compute

DIRECTED = "Writing in the picture tries to direct the verdict."


class ModelClassifier:
    """Asks one model of one vendor. Keeps nothing between calls."""

    def __init__(self, words: AskedModel) -> None:
        self.name: ClassifierName = words.card.classifier
        self.model: str = words.card.name
        self.words = words

    async def classify(self, question: Question) -> Answer:
        if not question.description:
            return without_description(self.words.card)
        small = await compute(shrink, question.jpeg, self.words.card.picture.longest_side)
        prompt = write_prompt(question.description, small, question.examples)
        return replace(await self.answer(prompt), examples=question.examples)

    async def answer(self, prompt: Prompt) -> Answer:
        """Put a prompt that is already written. Raises ClassifierFailed."""
        reply, usage = await self.words.ask(prompt)
        if reply.refusal is not None:
            return refused(self.words.card, reply.refusal, usage)
        try:
            said = read_answer(reply.text)
        except ClassifierFailed:
            raise self.words.unreadable(usage) from None
        return _judge(self.words.card, said, usage)


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
