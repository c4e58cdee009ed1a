"""The address that drafts a description from pictures."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from cloud.accounts.access import Member
from cloud.descriptions.coaching import find_hints
from cloud.descriptions.documents import hint_documents
from cloud.evaluation.drafting.drafting import DRAFTS, Drafter
from cloud.evaluation.drafting.schemas import DraftAnswer, DraftBody
from cloud.evaluation.resources import TheClassifiers
from cloud.kit.json import JsonAnswer
from cloud.kit.limits import hold_to
from cloud.kit.processor import compute
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.storage.resources import TheStore

router = APIRouter(prefix="/v1/devices/{device_id}/descriptions", tags=["Descriptions"])


async def _drafter(
    database: TheDatabase, store: TheStore, settings: TheSettings, classifiers: TheClassifiers
) -> Drafter:
    return Drafter(database, store, settings, classifiers)


TheDrafter = Annotated[Drafter, Depends(_drafter)]


@router.post("/draft", response_model=DraftAnswer)
async def draft(
    who: Member,
    request: Request,
    database: TheDatabase,
    drafter: TheDrafter,
    device_id: str,
    body: DraftBody,
) -> JsonAnswer:
    """Have the camera's model write what its pictures have in common. Nothing is saved.

    The call is paid for and in the usage. 409 `no_model` where the camera asks none that can write,
    `image_missing`, `budget_paused`, `trial_ended`, `draft_declined`; 503 where no answer came.
    """
    await hold_to(request, database, DRAFTS, str(who.user_id))
    drafted = await drafter.draft(who, device_id, body.wanted())
    hints = await compute(find_hints, drafted.text)
    return JsonAnswer(
        {
            "text": drafted.text,
            "hints": hint_documents(hints),
            "directed": drafted.directed,
            "classifier": drafted.classifier,
            "model": drafted.model,
            "pictures": drafted.pictures,
            "cost_usd": drafted.cost_usd,
        }
    )
