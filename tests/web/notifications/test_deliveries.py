"""The log of messages: each says which camera it is about, and what went wrong if anything did."""

import pytest
from sqlalchemy import update

from cloud.alerts.models import Delivery, DeliveryStatus
from cloud.captures.models import State
from cloud.kit.database import Database
from tests.alerts.cameras import Camera
from tests.factories import make_device
from tests.web.conftest import Owner

ANSWER = "250 2.0.0 Ok: queued as 4F1"


@pytest.fixture
async def camera(owner: Owner, database: Database) -> Camera:
    device = await make_device(database, owner.someone.organization_id, friendly_name="Yard")
    return Camera(database, device, owner.someone)


async def end(camera: Camera, status: DeliveryStatus, answer: str) -> None:
    async with camera.database.work_for(camera.device.organization_id) as work:
        await work.execute(update(Delivery).values(status=status, last_answer=answer))


async def test_a_message_names_the_camera_that_it_is_about(owner: Owner, camera: Camera) -> None:
    await camera.judge(State.ABNORMAL, 0)
    page = (await owner.browser.get("/ui/deliveries")).text
    incident = await camera.incident()
    assert f'<a href="/ui/incidents/{incident.id}">Yard: told of it</a>' in page


@pytest.mark.parametrize(
    ("status", "folded"), [(DeliveryStatus.SENT, True), (DeliveryStatus.FAILED, False)]
)
async def test_the_other_sides_answer_is_in_sight_where_it_failed(
    owner: Owner,
    camera: Camera,
    status: DeliveryStatus,
    folded: bool,  # noqa: FBT001  # a column of the table
) -> None:
    await camera.judge(State.ABNORMAL, 0)
    await end(camera, status, ANSWER)
    page = (await owner.browser.get("/ui/deliveries")).text
    assert ANSWER in page
    assert ("<summary>What the other side answered</summary>" in page) is folded
