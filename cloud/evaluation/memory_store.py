"""The baseline's references of one device: kept in step with what the operator said.

A capture called normal is a reference; one whose word was taken back or changed is none any more;
captures of our own finding stay as long as the operator does not object and there is room.
Features are those under the privacy masks in force: where a mask was added, what the operator
called normal is read again with it painted. What was taken under a mask that is gone does not show
what is to be judged now, so it is no reference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from cloud.captures.masking import version_of, versions_under
from cloud.captures.models import Capture, DispositionVerdict
from cloud.evaluation.baseline.references import MARKED_LIMIT
from cloud.evaluation.models import BaselineReference, ReferenceSource
from cloud.kit.database import OrganizationWork
from device.wire import Mask

MASKED_AS = func.coalesce(Capture.privacy["version"].astext, "")
"""Under which masks a capture was stored."""

CANDIDATES = 4 * MARKED_LIMIT
"""How many of the newest captures called normal the memory chooses from."""


@dataclass(frozen=True)
class Reference:
    """One remembered capture, its features packed."""

    capture_id: UUID
    source: ReferenceSource
    features: bytes


@dataclass(frozen=True)
class Unread:
    """A capture called normal whose features are not known yet."""

    capture_id: UUID
    received_at: datetime
    captured_at: datetime


async def drop_objected(work: OrganizationWork, device_id: UUID, masks: tuple[Mask, ...]) -> None:
    """Forget references that the operator's word does not, or no longer, stand behind.

    Of our own findings those under other masks as well.
    """
    stands = or_(
        Capture.disposition == DispositionVerdict.NORMAL,
        and_(Capture.disposition.is_(None), BaselineReference.source == ReferenceSource.CONFIDENT),
    )
    await work.execute(
        delete(BaselineReference).where(
            BaselineReference.organization_id == work.organization_id,
            BaselineReference.device_id == device_id,
            or_(
                ~select(Capture.id)
                .where(
                    Capture.id == BaselineReference.capture_id, Capture.deleted_at.is_(None), stands
                )
                .exists(),
                and_(
                    BaselineReference.source == ReferenceSource.CONFIDENT,
                    BaselineReference.mask_version != version_of(masks),
                ),
            ),
        )
    )


async def list_references(
    work: OrganizationWork, device_id: UUID, masks: tuple[Mask, ...]
) -> Sequence[Reference]:
    """The references that a device's memory is made of under these masks, oldest first."""
    rows = await work.execute(
        select(BaselineReference.capture_id, BaselineReference.source, BaselineReference.features)
        .join(Capture, Capture.id == BaselineReference.capture_id)
        .where(
            BaselineReference.organization_id == work.organization_id,
            BaselineReference.device_id == device_id,
            BaselineReference.features.is_not(None),
            BaselineReference.mask_version == version_of(masks),
            MASKED_AS.in_(versions_under(masks)),
        )
        .order_by(BaselineReference.captured_at, BaselineReference.capture_id)
    )
    return [Reference(row.capture_id, row.source, row.features) for row in rows]


async def list_unread(
    work: OrganizationWork, device_id: UUID, masks: tuple[Mask, ...]
) -> Sequence[Unread]:
    """Captures called normal that are no references under these masks yet, newest first."""
    known = select(BaselineReference.capture_id).where(
        BaselineReference.organization_id == work.organization_id,
        BaselineReference.device_id == device_id,
        BaselineReference.source == ReferenceSource.DISPOSITION,
        BaselineReference.mask_version == version_of(masks),
    )
    rows = await work.execute(
        select(Capture.id, Capture.received_at, Capture.captured_at)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.device_id == device_id,
            Capture.disposition == DispositionVerdict.NORMAL,
            Capture.deleted_at.is_(None),
            Capture.image_stored,
            MASKED_AS.in_(versions_under(masks)),
            Capture.id.not_in(known),
        )
        .order_by(Capture.captured_at.desc())
        .limit(CANDIDATES)
    )
    return [Unread(row.id, row.received_at, row.captured_at) for row in rows]


async def remember(
    work: OrganizationWork,
    device_id: UUID,
    capture_id: UUID,
    captured_at: datetime,
    source: ReferenceSource,
    features: bytes,
    masks: tuple[Mask, ...],
) -> None:
    """Keep a reference, read under these masks; the operator's word replaces our own finding."""
    statement = insert(BaselineReference).values(
        organization_id=work.organization_id,
        device_id=device_id,
        capture_id=capture_id,
        captured_at=captured_at,
        source=source,
        features=features,
        mask_version=version_of(masks),
    )
    await work.execute(
        statement.on_conflict_do_update(
            index_elements=[BaselineReference.device_id, BaselineReference.capture_id],
            set_={
                "source": source,
                "features": features,
                "mask_version": statement.excluded.mask_version,
            },
        )
    )


async def make_room(work: OrganizationWork, device_id: UUID, capture_ids: Sequence[UUID]) -> None:
    """Drop the features of references that there is no room for.

    What the operator called normal stays known, so that it is not read again; our own findings go.
    """
    these = (
        BaselineReference.organization_id == work.organization_id,
        BaselineReference.device_id == device_id,
        BaselineReference.capture_id.in_(capture_ids),
    )
    await work.execute(
        delete(BaselineReference).where(
            *these, BaselineReference.source == ReferenceSource.CONFIDENT
        )
    )
    await work.execute(update(BaselineReference).where(*these).values(features=None))
