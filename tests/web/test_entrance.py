"""Who comes in is led by how many cameras there are."""

import pytest

from cloud.accounts.models import Role
from cloud.kit.database import Database
from cloud.web.entrance import choose_entrance
from cloud.web.wizard import choose_unit
from tests.factories import make_device
from tests.web.conftest import Owner


@pytest.mark.parametrize(
    ("unit_ids", "role", "entrance"),
    [
        ([], Role.OWNER, "/ui/devices/add"),
        ([], Role.ADMIN, "/ui/devices/add"),
        ([], Role.MEMBER, "/ui"),
        ([], Role.VIEWER, "/ui"),
        (["VS-1"], Role.VIEWER, "/ui/cameras/VS-1"),
        (["VS-1", "VS-2"], Role.OWNER, "/ui"),
    ],
)
def test_none_is_the_wizard_one_is_its_page_and_many_are_to_choose_from(
    unit_ids: list[str], role: Role, entrance: str
) -> None:
    assert choose_entrance(unit_ids, role) == entrance


async def test_the_front_door_leads_on_by_the_cameras_of_ones_own(
    owner: Owner, database: Database
) -> None:
    async def entrance() -> str:
        answer = await owner.browser.get("/")
        assert answer.status_code == 303
        return answer.headers["location"]

    assert await entrance() == "/ui/devices/add"
    one = await make_device(database, owner.someone.organization_id)
    assert await entrance() == f"/ui/cameras/{one.unit_id}"
    await make_device(database, owner.someone.organization_id)
    assert await entrance() == "/ui"


@pytest.mark.parametrize(("free", "chosen"), [([], ""), (["VS-1"], "VS-1"), (["VS-2", "VS-1"], "")])
def test_the_one_unit_that_waits_stands_in_the_wizard(free: list[str], chosen: str) -> None:
    assert choose_unit(free) == chosen
