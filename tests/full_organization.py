"""An organization that has one of everything, each text of it holding a canary to listen for."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from cloud.accounts.models import AuditEntry, Invitation, Role
from cloud.alerts.models import (
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    Digest,
    Incident,
    IncidentCapture,
    IncidentKind,
    NotificationSettings,
    Recipient,
)
from cloud.captures.models import Capture, DispositionVerdict, State
from cloud.captures.usage import count_usage
from cloud.channels.channel import ChannelKind
from cloud.descriptions.models import DescriptionTemplate, NormalDescription
from cloud.devices.commands import put_command
from cloud.devices.gaps import Gap, hear_gaps
from cloud.devices.models import ActivationCode, BenefitType, Device
from cloud.devices.queries import get_device
from cloud.devices.spelling import new_unit_id, normal_code
from cloud.evaluation.budget.models import Budget, BudgetReservation
from cloud.evaluation.models import (
    BaselineReference,
    ModelCall,
    ReferenceSource,
    SampledVerdict,
)
from cloud.evaluation.replay.models import Replay, ReplayedCapture
from cloud.events.append import EventKind, append
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.ids import hash_secret, new_code, new_id, new_secret
from cloud.operations.models import Export
from cloud.sharing.making import TOKEN_PREFIX
from cloud.sharing.models import ShareLink, ShareToken, ShareType, ShareView
from cloud.sharing.picture_ids import disguise
from cloud.storage.keys import image_key, thumbnail_key
from cloud.storage.store import Store
from cloud.triggers.models import Schedule, Trigger, TriggerKind
from cloud.watch.models import WatchingChange
from cloud.watch.truth import Watching, WatchReason
from device.wire import LossReason
from tests.captures.pictures import draw, encode
from tests.factories import (
    SomeDevice,
    Someone,
    make_capture,
    make_device,
    make_organization,
    make_user,
)

VERSION = 3
"""The version of its normal description."""


@dataclass(frozen=True)
class Ids:
    """What an outsider may put into a path, a query or a body."""

    device_id: str
    record_id: str
    incident_id: str
    delivery_id: str
    code: str
    command_id: str
    template_id: str
    schedule_id: str
    job_id: str
    fingerprint: str
    user_id: str
    invitation_id: str
    token: str
    """Of its share link. Whoever has it may look, from whatever organization."""
    share_link_id: str
    shared_id: str
    """The capture's id inside the link."""
    version: str = str(VERSION)
    help_page: str = "incidents"
    """Of the guide, which is everybody's."""


@dataclass(frozen=True)
class FullOrganization:
    organization_id: UUID
    owner: Someone
    device: SomeDevice
    ids: Ids


def missing_ids() -> Ids:
    """Ids of the right form that are nothing's."""
    return Ids(
        device_id=new_unit_id(),
        record_id=str(new_id()),
        incident_id=str(new_id()),
        delivery_id=str(new_id()),
        code=new_code(4),
        command_id=str(new_id()),
        template_id=str(new_id()),
        schedule_id=str(new_id()),
        job_id=str(new_id()),
        fingerprint=2 * new_id().hex,
        user_id=str(new_id()),
        invitation_id=str(new_id()),
        token=new_secret(TOKEN_PREFIX),
        share_link_id=str(new_id()),
        shared_id=disguise("", new_id()),
    )


async def make_full_organization(
    database: Database, store: Store, *, canary: str
) -> FullOrganization:
    organization_id = await make_organization(database, name=f"Name {canary}")
    host = f"{organization_id.hex}.test"  # an address is one person's, a canary may be of many
    owner = await make_user(
        database, organization_id, role=Role.OWNER, email=f"owner.{canary}@{host}"
    )
    colleague = await make_user(
        database, organization_id, role=Role.VIEWER, email=f"colleague.{canary}@{host}"
    )
    device = await make_device(database, organization_id, friendly_name=f"Camera {canary}")
    capture = await make_capture(database, device, state=State.ABNORMAL, reason=f"Reason {canary}")
    picture = encode(draw(), comment=canary)
    for key in (image_key, thumbnail_key):
        await store.put(key(organization_id, capture.received_at, capture.id), picture)
    await _wait_for_a_word(database, store, device, picture, canary)
    async with database.work_for(organization_id) as work:
        incident_id, delivery_id = await _fill(work, device, capture, canary)
        template_id = _keep_template(work, canary)
        job_id = await _replay(work, device, capture, canary)
        command_id = await _ask(work, device, canary)
        schedule_id = _schedule(work, device, canary)
        invitation_id = _invite(work, canary)
        _export(work)
        share_link_id, token = await _share(work, device, canary)
    spelling = f"{new_code(4)}"
    async with database.work() as work:
        work.add(
            ActivationCode(
                code=normal_code(spelling),
                spelling=spelling,
                description=f"Code {canary}",
                benefit_type=BenefitType.DEVICE_SLOTS,
                benefit_value=1,
                organization_id=organization_id,
            )
        )
    return FullOrganization(
        organization_id,
        owner,
        device,
        Ids(
            device.unit_id,
            str(capture.id),
            str(incident_id),
            str(delivery_id),
            spelling,
            str(command_id),
            str(template_id),
            str(schedule_id),
            str(job_id),
            canary,
            str(colleague.user_id),
            str(invitation_id),
            token,
            str(share_link_id),
            disguise(token, capture.id),
        ),
    )


def _export(work: OrganizationWork) -> None:
    """One that was broken off."""
    now = utc_now()
    work.add(Export(organization_id=work.organization_id, token=new_id(), alive_until=now))


def _invite(work: OrganizationWork, canary: str) -> UUID:
    invitation_id = new_id()
    work.add(
        Invitation(
            id=invitation_id,
            organization_id=work.organization_id,
            email=f"invited.{canary}@example.test",
            role=Role.MEMBER,
            invited_by=f"owner.{canary}@example.test",
            expires_at=utc_now() + timedelta(days=7),
        )
    )
    return invitation_id


def _keep_template(work: OrganizationWork, canary: str) -> UUID:
    template_id = new_id()
    work.add(
        DescriptionTemplate(
            id=template_id,
            organization_id=work.organization_id,
            name=f"Template {canary}",
            text=f"Template text {canary}",
            note=f"Template note {canary}",
            created_by=f"author.{canary}@example.test",
        )
    )
    return template_id


async def _replay(
    work: OrganizationWork, device: SomeDevice, capture: Capture, canary: str
) -> UUID:
    job_id, own = new_id(), {"organization_id": work.organization_id}
    work.add(
        Replay(
            id=job_id,
            **own,
            device_id=device.device_id,
            version=VERSION,
            asked_by=f"asker.{canary}@example.test",
        )
    )
    await work.flush()
    work.add(
        ReplayedCapture(
            **own,
            replay_id=job_id,
            capture_id=capture.id,
            taken_at=capture.captured_at,
            is_recent=True,
            state_before=State.ABNORMAL,
            reason_before=f"Before {canary}",
            judged_at=capture.captured_at,
            state=State.NORMAL,
            reason=f"After {canary}",
        )
    )
    return job_id


async def _ask(work: OrganizationWork, device: SomeDevice, canary: str) -> UUID:
    trigger_id = new_id()
    work.add(
        Trigger(
            id=trigger_id,
            organization_id=work.organization_id,
            device_id=device.device_id,
            kind=TriggerKind.MANUAL,
            requested_by=f"asker.{canary}@example.test",
            requested_at=utc_now() - timedelta(minutes=1),
        )
    )
    row = await get_device(work, device.unit_id, lock=True)
    return await put_command(
        work, row, trigger_id=trigger_id, kind="manual", label=f"Asked {canary}"
    )


def _schedule(work: OrganizationWork, device: SomeDevice, canary: str) -> UUID:
    schedule_id, now = new_id(), utc_now()
    work.add(
        Schedule(
            id=schedule_id,
            organization_id=work.organization_id,
            device_id=device.device_id,
            label=f"Schedule {canary}",
            enabled=True,
            cron="0 8 * * *",
            time_zone="UTC",
            active_hours=[],
            in_force_since=now,
            settled_until=now,
        )
    )
    return schedule_id


async def _share(work: OrganizationWork, device: SomeDevice, canary: str) -> tuple[UUID, str]:
    link_id, token = new_id(), new_secret(TOKEN_PREFIX)
    own: dict[str, Any] = {"organization_id": work.organization_id}
    work.add(
        ShareLink(
            id=link_id,
            **own,
            device_id=device.device_id,
            unit_id=device.unit_id,
            share_type=ShareType.DEVICE,
            label=f"Label {canary}",
            created_by=f"sharer.{canary}@example.test",
            expires_at=utc_now() + timedelta(days=1),
        )
    )
    await work.flush()
    work.add(ShareToken(token_hash=hash_secret(token), link_id=link_id, **own))
    work.add(
        ShareView(
            **own,
            link_id=link_id,
            visit_hash=hash_secret(token + canary),
            address="192.0.2.7",
            user_agent=f"Browser {canary}",
        )
    )
    return link_id, token


async def _wait_for_a_word(
    database: Database, store: Store, device: SomeDevice, picture: bytes, canary: str
) -> None:
    """A capture that the review asks about."""
    capture = await make_capture(
        database, device, state=State.UNCERTAIN, reason=f"Doubt {canary}", agents=[_agent(canary)]
    )
    for key in (image_key, thumbnail_key):
        await store.put(key(device.organization_id, capture.received_at, capture.id), picture)


def _agent(canary: str) -> dict[str, Any]:
    return {
        "classifier": "openai",
        "model": f"Model {canary}",
        "state": "abnormal",
        "score": 0.9,
        "reason": f"Because {canary}",
        "latency_ms": 1,
        "tokens_in": 1,
        "tokens_out": 1,
        "cost_usd": 0.01,
        "instead_of": None,
        "examples": [],
    }


async def _fill(
    work: OrganizationWork, device: SomeDevice, capture: Capture, canary: str
) -> tuple[UUID, UUID]:
    organization_id, now = work.organization_id, utc_now()
    incident_id, delivery_id, recipient_id = new_id(), new_id(), new_id()
    own: dict[str, Any] = {"organization_id": organization_id}
    row = await work.session.get_one(Device, device.device_id)
    row.location = f"Location {canary}"
    row.heartbeat = {"device_version": f"Version {canary}"}
    gap = Gap(f"Spool {canary}", LossReason.NO_ROOM, 5, 7)
    await hear_gaps(work, device.device_id, [gap])
    kept = await work.session.get_one(Capture, capture.id)
    kept.capture_metadata = {"note": f"Metadata {canary}", f"Key {canary}": "value"}
    kept.evidence = {"clause": f"Clause {canary}", "box": [0.1, 0.1, 0.5, 0.5]}
    kept.agents = [_agent(canary)]
    kept.trigger_label = f"Label {canary}"
    kept.disposition = DispositionVerdict.ABNORMAL
    kept.disposition_note = f"Note {canary}"
    work.add(
        Incident(
            id=incident_id,
            **own,
            device_id=device.device_id,
            unit_id=device.unit_id,
            kind=IncidentKind.ABNORMAL,
            opened_at=now,
            captures_count=1,
            note=f"Incident note {canary}",
            first_capture_id=capture.id,
            latest_capture_id=capture.id,
        )
    )
    work.add(
        Recipient(
            id=recipient_id,
            **own,
            channel=ChannelKind.EMAIL,
            fingerprint=canary,
            shown=f"told.{canary}@example.test",
            confirmed_at=now,
        )
    )
    await work.flush()
    for version in range(1, VERSION + 1):
        work.add(
            NormalDescription(
                **own,
                device_id=device.device_id,
                version=version,
                name=f"Description {canary}",
                text=f"Text {canary}",
                files=[{"name": f"{canary}.md", "text": f"Text {canary}"}],
                note=f"Why {canary}",
                created_by=f"author.{canary}@example.test",
                activated_at=now,
            )
        )
    work.session.add_all(
        [
            IncidentCapture(**own, incident_id=incident_id, capture_id=capture.id),
            Delivery(
                id=delivery_id,
                recipient_id=recipient_id,
                **own,
                incident_id=incident_id,
                kind=DeliveryKind.OPENED,
                channel="email",
                recipient=f"told.{canary}@example.test",
                status=DeliveryStatus.SENT,
                last_answer=f"Answer {canary}",
            ),
            Digest(**own, day=now.date(), document={"organization": f"Digest {canary}"}),
            NotificationSettings(
                **own,
                document={"channels": [str(recipient_id)]},
            ),
            AuditEntry(**own, actor=f"actor.{canary}@example.test", action="capture.viewed"),
            ModelCall(
                **own,
                device_id=device.device_id,
                capture_id=capture.id,
                classifier="openai",
                model=f"model-{canary}",
                outcome="abnormal",
                latency_ms=1,
                tokens_in=1,
                tokens_out=1,
                cost_usd=Decimal("0.01"),
            ),
            Budget(**own, monthly_usd=Decimal(20)),
            BudgetReservation(**own, capture_id=capture.id, amount_usd=Decimal("0.01")),
            SampledVerdict(**own, device_id=device.device_id, capture_id=capture.id, rate=0.01),
            BaselineReference(
                **own,
                device_id=device.device_id,
                capture_id=capture.id,
                source=ReferenceSource.DISPOSITION,
                captured_at=now,
                features=canary.encode(),
            ),
        ]
    )
    work.add(
        WatchingChange(
            **own,
            device_id=device.device_id,
            state=Watching.WATCHING,
            code=WatchReason.JUDGED,
            reason=f"Watching {canary}",
            since=now,
        )
    )
    await count_usage(work, device.device_id, captures=1)
    news = {"record_id": str(capture.id), "reason": f"Reason {canary}"}
    await append(work, EventKind.CAPTURE_EVALUATED, news, device_id=device.unit_id)
    return incident_id, delivery_id
