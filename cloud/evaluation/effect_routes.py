"""The address that tells what a camera's filters would have done."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from cloud.accounts.access import Viewer
from cloud.evaluation.effect_schemas import EffectsAnswer
from cloud.evaluation.effects import measure_effects
from cloud.kit.clock import utc_now
from cloud.kit.json import JsonAnswer
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.storage.resources import TheStore

router = APIRouter(prefix="/v1/devices/{device_id}", tags=["Devices"])


@router.get("/filters/effect", response_model=EffectsAnswer)
async def read_effects(
    who: Viewer,
    database: TheDatabase,
    store: TheStore,
    settings: TheSettings,
    device_id: str,
    hours: Annotated[int, Query(ge=1, le=168)] = 24,
) -> JsonAnswer:
    """What similarity, dedupe and streak pruning, as they are set, would have done lately.

    Of the newest 200 verdicts the pictures are compared.
    """
    since = utc_now() - timedelta(hours=hours)
    effects = await measure_effects(
        database, store, settings, who.organization_id, device_id, since
    )
    return JsonAnswer(
        {
            "since": effects.since,
            "captures": effects.captures,
            "similarity": vars(effects.similarity),
            "dedupe": {"not_kept": effects.dedupe},
            "streak": {"not_kept": effects.streak},
        }
    )
