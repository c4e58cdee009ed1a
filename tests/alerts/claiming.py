"""Taking one message off the queue, as a worker would."""

from uuid import uuid4

from sqlalchemy import update

from cloud.alerts.models import Delivery
from cloud.alerts.queueing import DELIVERIES
from cloud.kit.database import Database
from cloud.kit.queue import Claim, QueuedWork


async def claim(database: Database, delivery: Delivery) -> Claim:
    """This delivery and no other test's, as if it had just been claimed."""
    async with database.work() as work:
        row = (
            await work.execute(
                update(QueuedWork)
                .where(QueuedWork.queue == DELIVERIES.name, QueuedWork.id == delivery.id)
                .values(lease_token=uuid4(), attempts=QueuedWork.attempts + 1)
                .returning(
                    QueuedWork.id,
                    QueuedWork.organization_id,
                    QueuedWork.lease_token,
                    QueuedWork.attempts,
                    QueuedWork.queued_at,
                )
            )
        ).one()
    return Claim(*row)
