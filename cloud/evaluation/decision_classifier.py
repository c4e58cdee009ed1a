"""Judges by a decision model: cheap and calibrated; words are asked for only when not normal."""

from dataclasses import replace

from cloud.captures.models import State
from cloud.devices.config import ClassifierName
from cloud.evaluation.answers import clean_reason
from cloud.evaluation.asking import Decides, Prompt
from cloud.evaluation.calling import AskedModel, Caller
from cloud.evaluation.classifier import Answer, ClassifierFailed, Question, Usage
from cloud.evaluation.model_classifier import ModelClassifier, refused, without_description
from cloud.evaluation.prompt import shrink, write_prompt
from cloud.evaluation.registry import ModelCard
from cloud.evaluation.statements import RULES, Weighed, split_sentences, weigh, write_statements
from cloud.kit.processor import compute


class DecisionClassifier:
    """Asks how likely each sentence of the description is; `explainer` says why one is not."""

    def __init__(
        self, card: ModelCard, vendor: Decides, caller: Caller, explainer: ModelClassifier
    ) -> None:
        self.name: ClassifierName = card.classifier
        self.model: str = card.name
        self._card = card
        self._vendor = vendor
        self._caller = caller
        self._explainer = explainer

    @property
    def words(self) -> AskedModel:
        """The model that says why."""
        return self._explainer.words

    async def classify(self, question: Question) -> Answer:
        if not question.description:
            return without_description(self._card)
        small = await compute(shrink, question.jpeg, self._card.picture.longest_side)
        sentences = split_sentences(question.description)
        odds, usage = await self._caller.call(
            self._card,
            lambda: self._vendor.decide(self._card, RULES, small, write_statements(sentences)),
        )
        if odds.refusal is not None:
            return refused(self._card, odds.refusal, usage)
        weighed = weigh(sentences, odds.probabilities)
        answer = self._answer(weighed, usage)
        if weighed.state is State.NORMAL or weighed.directed:
            return answer
        return await self._explain(answer, write_prompt(question.description, small))

    def _answer(self, weighed: Weighed, usage: Usage) -> Answer:
        return Answer(
            self.name,
            self._card.name,
            weighed.state,
            weighed.score,
            weighed.reason,
            usage,
            clause=weighed.clause,
        )

    async def _explain(self, decided: Answer, prompt: Prompt) -> Answer:
        """Ask for the reason and the place. Without an answer the decision stands by itself."""
        try:
            said = await self._explainer.answer(prompt)
        except ClassifierFailed as failed:
            return _after(decided, failed.calls)
        decided = _after(decided, said.calls)
        if said.state is decided.state:
            return replace(
                decided, reason=said.reason, clause=said.clause or decided.clause, box=said.box
            )
        if decided.state is State.UNCERTAIN:
            return decided
        reason = clean_reason(
            f"The model contradicts itself. Decided: {decided.reason} Said: {said.reason}"
        )
        return replace(decided, state=State.UNCERTAIN, score=0.0, reason=reason)


def _after(decided: Answer, calls: tuple[Usage, ...]) -> Answer:
    """The same answer, with further calls that were made for it."""
    if not calls:
        return decided
    return replace(decided, earlier=(*decided.calls, *calls[:-1]), usage=calls[-1])
