"""Judges by what the operator called normal on this camera; needs no key and no network.

While fewer captures than the memory needs were called normal, it is learning: every answer is
uncertain and says `learning k of N`.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

from cloud.captures.masking import Masks, version_of
from cloud.captures.models import State
from cloud.devices.config import ClassifierName
from cloud.evaluation.baseline.features import (
    Features,
    FeaturesUnreadableError,
    extract,
    pack,
    unpack,
)
from cloud.evaluation.baseline.judgement import Judgement
from cloud.evaluation.baseline.memory import MINIMUM_REFERENCES, PatchMemory
from cloud.evaluation.baseline.references import MARKED_LIMIT, choose, count_room, refreshes
from cloud.evaluation.classifier import (
    Answer,
    Box,
    ClassifierFailed,
    Question,
    Usage,
)
from cloud.evaluation.memory_store import (
    Reference,
    Unread,
    drop_objected,
    list_references,
    list_unread,
    make_room,
    remember,
)
from cloud.evaluation.models import ReferenceSource
from cloud.kit.database import Database
from cloud.kit.errors import Problem
from cloud.kit.processor import compute
from cloud.storage.keys import image_key
from cloud.storage.store import Store
from device.wire import Mask

MODEL = "efficientnet-lite0"
FITTED_MEMORIES = 32
"""Fitted memories kept at hand, by masks and references; fitting again costs only time."""

READ_AT_ONCE = 4


class BaselineClassifier:
    """The classifier that every Visant has."""

    name = ClassifierName.BASELINE
    model = MODEL

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._store = store
        self._fitted: OrderedDict[tuple[str, tuple[UUID, ...]], PatchMemory] = OrderedDict()

    async def classify(self, question: Question) -> Answer:
        began = time.monotonic()
        features = await self._read(question.jpeg, question.masks)
        await self._read_newly_marked(question)
        references = await self._tended_references(question)
        marked = [one for one in references if one.source == ReferenceSource.DISPOSITION]
        if len(marked) < MINIMUM_REFERENCES:
            reason = (
                f"Still learning: {len(marked)} of the {MINIMUM_REFERENCES} pictures it needs "
                "were called normal."
            )
            return self._answer(began, State.UNCERTAIN, 0.0, reason)
        memory = await self._memory_of(references, version_of(question.masks))
        judgement = await compute(memory.judge, features)
        return self._answer(
            began,
            judgement.state,
            judgement.score,
            explain(judgement, len(marked)),
            box=judgement.box,
            remember=pack(features) if refreshes(judgement) else None,
        )

    def _answer(
        self,
        began: float,
        state: State,
        score: float,
        reason: str,
        *,
        box: Box | None = None,
        remember: bytes | None = None,
    ) -> Answer:
        usage = Usage(latency_ms=round((time.monotonic() - began) * 1000))
        return Answer(self.name, MODEL, state, score, reason, usage, box=box, remember=remember)

    async def _read(self, jpeg: bytes, masks: tuple[Mask, ...]) -> Features:
        try:
            return await compute(extract, jpeg, Masks(masks))
        except FeaturesUnreadableError:
            raise ClassifierFailed(
                "image_undecodable", "The stored picture cannot be read.", retryable=False
            ) from None

    async def _read_newly_marked(self, question: Question) -> None:
        """Read the features of captures called normal since the last time; of all, once masked."""
        async with self._database.work_for(question.organization_id) as work:
            await drop_objected(work, question.device_id, question.masks)
            unread = await list_unread(work, question.device_id, question.masks)
        for start in range(0, len(unread), READ_AT_ONCE):
            await asyncio.gather(
                *(self._read_marked(question, one) for one in unread[start : start + READ_AT_ONCE])
            )

    async def _read_marked(self, question: Question, unread: Unread) -> None:
        key = image_key(question.organization_id, unread.received_at, unread.capture_id)
        try:
            jpeg = await self._store.get(key)
            features = pack(await self._read(jpeg, question.masks))
        except (Problem, ClassifierFailed):
            return
        async with self._database.work_for(question.organization_id) as work:
            await remember(
                work,
                question.device_id,
                unread.capture_id,
                unread.captured_at,
                ReferenceSource.DISPOSITION,
                features,
                question.masks,
            )

    async def _tended_references(self, question: Question) -> Sequence[Reference]:
        """The references, once those that there is no room for are let go."""
        async with self._database.work_for(question.organization_id) as work:
            references = await list_references(work, question.device_id, question.masks)
        leaving = await compute(find_leaving, references)
        if leaving:
            async with self._database.work_for(question.organization_id) as work:
                await make_room(work, question.device_id, sorted(leaving))
        return [one for one in references if one.capture_id not in leaving]

    async def _memory_of(self, references: Sequence[Reference], masks: str) -> PatchMemory:
        key = (masks, tuple(one.capture_id for one in references))
        memory = self._fitted.get(key)
        if memory is None:
            memory = await compute(fit, references)
            self._fitted[key] = memory
        self._fitted.move_to_end(key)
        while len(self._fitted) > FITTED_MEMORIES:
            self._fitted.popitem(last=False)
        return memory


def find_leaving(references: Sequence[Reference]) -> frozenset[UUID]:
    """Which references there is no room for: a bounded, diverse choice stays."""
    marked = [one for one in references if one.source == ReferenceSource.DISPOSITION]
    taken = [one for one in references if one.source == ReferenceSource.CONFIDENT]
    room = count_room(len(marked))
    return frozenset(_beyond(marked, MARKED_LIMIT) + _beyond(taken, room))


def fit(references: Sequence[Reference]) -> PatchMemory:
    """The memory made of these references. Processor-bound."""
    marked = [unpack(r.features) for r in references if r.source == ReferenceSource.DISPOSITION]
    taken = [unpack(r.features) for r in references if r.source == ReferenceSource.CONFIDENT]
    return PatchMemory.fit(marked, taken)


def explain(judgement: Judgement, marked: int) -> str:
    """The reason in words, for an operator."""
    known = f"the {marked} captures that were called normal"
    if judgement.state is State.NORMAL or judgement.box is None:
        return f"Nothing differs from {known}."
    place = name_place(judgement.box)
    if judgement.state is State.ABNORMAL:
        return f"Something {place} differs from {known}."
    return f"Something {place} may differ from {known}; it is too little to be sure."


def name_place(box: Box) -> str:
    """Where in the picture the middle of a box is, in words."""
    x, y, width, height = box
    column = ("on the left", "in the middle", "on the right")[_third(x + width / 2)]
    row = ("at the top", "", "at the bottom")[_third(y + height / 2)]
    if not row:
        return column
    return row if column == "in the middle" else f"{row} {column.removeprefix('on the ')}"


def _third(fraction: float) -> int:
    return min(2, int(fraction * 3))


def _beyond(references: Sequence[Reference], limit: int) -> list[UUID]:
    if len(references) <= limit:
        return []
    if limit <= 0:
        return [one.capture_id for one in references]
    staying = set(choose([unpack(one.features) for one in references], limit))
    return [one.capture_id for index, one in enumerate(references) if index not in staying]
