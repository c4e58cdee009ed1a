"""Drafting: asks a model what its pictures have in common, and saves nothing but what that cost.

The text is a proposal. Whoever asked for it reads it, changes it and saves it as a version, which
is then tried like every other one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.devices.config import ClassifierName
from cloud.evaluation.answers import clean_reason
from cloud.evaluation.classifier import ClassifierFailed, Usage
from cloud.evaluation.drafting.choosing import Plan, image_missing, plan_draft
from cloud.evaluation.drafting.prompt import read_draft, write_prompt
from cloud.evaluation.evaluate import Classifiers
from cloud.evaluation.ledger import entering_draft
from cloud.evaluation.prompt import shrink
from cloud.kit.database import Database
from cloud.kit.errors import Conflict, Problem, Unavailable
from cloud.kit.limits import Limit
from cloud.kit.processor import compute
from cloud.kit.settings import Settings
from cloud.storage.store import Store, StoredObjectMissing

MOST_PICTURES = 8

DRAFTS = Limit("drafts", burst=10, seconds=600)
"""By one person: each costs money."""


@dataclass(frozen=True)
class Drafted:
    """A proposed text, who wrote it, and what it cost; None where the price is not known.

    `directed`: writing in a picture tried to tell the model what to write.
    """

    text: str
    directed: bool
    classifier: ClassifierName
    model: str
    pictures: int
    cost_usd: Decimal | None


@dataclass(frozen=True)
class Drafter:
    """Drafts with the models that this installation has."""

    database: Database
    store: Store
    settings: Settings
    classifiers: Classifiers

    async def draft(self, who: Person, unit_id: str, record_ids: Sequence[UUID]) -> Drafted:
        """Draft from these captures of one camera.

        Raises NotFound, Conflict where it cannot or may not be asked or the model declines, and
        Unavailable where it gave no answer.
        """
        async with self.database.work_for(who.organization_id) as work:
            plan = await plan_draft(work, self.settings, self.classifiers, unit_id, record_ids)
        prompt = write_prompt([await self._read_small(plan, key) for key in plan.image_keys])
        try:
            reply, usage = await plan.model.ask(prompt)
            if reply.refusal is not None:
                await self._enter(who, plan, [usage], "refused")
                raise _declined(reply.refusal)
            try:
                text, directed = read_draft(reply.text)
            except ClassifierFailed:
                raise plan.model.unreadable(usage) from None
        except ClassifierFailed as failed:
            await self._enter(who, plan, failed.calls, failed.code)
            raise _unavailable(failed) from None
        await self._enter(who, plan, [usage], "drafted")
        card = plan.model.card
        pictures = len(plan.image_keys)
        return Drafted(text, directed, card.classifier, card.name, pictures, usage.cost_usd)

    async def _read_small(self, plan: Plan, key: str) -> bytes:
        try:
            jpeg = await self.store.get(key)
        except StoredObjectMissing:
            raise image_missing() from None
        try:
            return await compute(shrink, jpeg, plan.model.card.picture.longest_side)
        except ClassifierFailed as failed:
            raise Conflict(failed.code, failed.detail) from None

    async def _enter(self, who: Person, plan: Plan, calls: Sequence[Usage], outcome: str) -> None:
        """Write down the call, whatever came of it: in the ledger, the usage and the audit."""
        card = plan.model.card
        async with self.database.work_for(who.organization_id) as work:
            await work.together(
                *entering_draft(work, plan.device_id, card.classifier, calls, outcome)
            )
            note(
                work,
                who,
                "description.drafted",
                plan.unit_id,
                model=card.name,
                pictures=len(plan.image_keys),
                outcome=outcome,
            )


def _declined(words: str) -> Problem:
    said = clean_reason(f"The model declined to describe these pictures: {words}")
    return Conflict("draft_declined", said)


def _unavailable(failed: ClassifierFailed) -> Problem:
    return Unavailable(
        failed.code, f"{failed.detail} Nothing was drafted.", retry_after=failed.retry_after
    )
