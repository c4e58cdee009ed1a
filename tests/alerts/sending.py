"""A sender whose messages are kept by the test, and a worker's turn at one organization's alone."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from cloud.alerts.delivery import Sender
from cloud.alerts.models import Delivery
from cloud.alerts.queueing import DELIVERIES
from cloud.channels.channel import ChannelKind, DeliveryFailed, Message
from cloud.kit.database import Database
from cloud.kit.queue import Claim, QueuedWork
from cloud.kit.settings import Settings
from cloud.storage.filesystem import FilesystemStore

DOWN = DeliveryFailed(permanent=False, answer="451 try later")
REFUSED = DeliveryFailed(permanent=True, answer="550 no such mailbox")


@dataclass
class Taker:
    """A channel that takes every message, unless it has a refusal to give."""

    taken: list[Message] = field(default_factory=list)
    refusal: DeliveryFailed | None = None

    async def send(self, message: Message) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.taken.append(message)
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        return [message.subject for message in self.taken]


@dataclass
class Post:
    """Sends what is due of one organization, as the workers would."""

    database: Database
    organization_id: UUID
    settings: Settings
    store: FilesystemStore
    taker: Taker = field(default_factory=Taker)

    @property
    def sender(self) -> Sender:
        channels = dict.fromkeys(ChannelKind, self.taker)
        return Sender(self.database, channels, self.store, self.settings)

    async def send_due(self, sender: Sender | None = None) -> None:
        """By the taker, or by a sender of the test's own."""
        while claims := await self.claim():
            for claim in claims:
                await (sender or self.sender).send(claim)

    async def claim_one(self) -> Claim:
        (claim,) = await self.claim()
        return claim

    async def let_holds_end(self) -> None:
        """As if the time had come until which messages are held back."""
        async with self.database.work_for(self.organization_id) as work:
            await work.execute(
                update(Delivery)
                .where(Delivery.held_until > func.clock_timestamp())
                .values(held_until=func.clock_timestamp())
            )
            await work.execute(
                update(QueuedWork)
                .where(
                    QueuedWork.queue == DELIVERIES.name,
                    QueuedWork.organization_id == self.organization_id,
                )
                .values(due_at=func.clock_timestamp())
            )

    async def claim(self, *, limit: int = 100) -> list[Claim]:
        """Those due, least tried first, leased for an hour."""
        due = (
            select(QueuedWork.id)
            .where(
                QueuedWork.queue == DELIVERIES.name,
                QueuedWork.organization_id == self.organization_id,
                QueuedWork.due_at <= func.clock_timestamp(),
            )
            .order_by(QueuedWork.attempts, QueuedWork.id)
            .limit(limit)
        )
        async with self.database.work() as work:
            rows = await work.execute(
                update(QueuedWork)
                .where(QueuedWork.queue == DELIVERIES.name, QueuedWork.id.in_(due))
                .values(
                    lease_token=uuid4(),
                    attempts=QueuedWork.attempts + 1,
                    due_at=func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 1),
                )
                .returning(
                    QueuedWork.id,
                    QueuedWork.organization_id,
                    QueuedWork.lease_token,
                    QueuedWork.attempts,
                    QueuedWork.queued_at,
                )
            )
            return [Claim(*row) for row in rows]
