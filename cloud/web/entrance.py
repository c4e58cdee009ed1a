"""Where somebody who comes in is led: to the wizard, to their one camera, or to all of them."""

from collections.abc import Sequence

from cloud.accounts.access import RANK
from cloud.accounts.models import Role
from cloud.accounts.sessions import Person
from cloud.devices.queries import list_newest
from cloud.kit.database import Database
from cloud.web.returning import HOME

WIZARD = "/ui/devices/add"
ENOUGH_TO_TELL = 2


async def find_entrance(database: Database, who: Person) -> str:
    async with database.work_for(who.organization_id) as work:
        devices = await list_newest(work, limit=ENOUGH_TO_TELL)
    return choose_entrance([device.unit_id for device in devices], who.role)


def choose_entrance(unit_ids: Sequence[str], role: Role) -> str:
    """None: the wizard, for those who may add one. One: straight to it. Many: choose."""
    match unit_ids:
        case []:
            return WIZARD if RANK[role] >= RANK[Role.ADMIN] else HOME
        case [only]:
            return f"/ui/cameras/{only}"
        case _:
            return HOME
