"""The end of an organization: a tombstone first, so that from one moment on nobody has a way in.

In one transaction everybody's account is gone, nobody is invited any more, every key is dead and
every unit may be activated again. Then its rows and pictures are erased by a worker
(`cloud.operations.erasing`), which goes on after a crash; the tombstone goes last.
"""

from cloud.accounts.audit import note
from cloud.accounts.members import lock_organization, remove_everybody
from cloud.accounts.sessions import Person
from cloud.accounts.withdrawing import withdraw_all
from cloud.devices.release import release_all
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import FieldError, Malformed
from cloud.kit.logs import get_logger
from cloud.kit.queue import Queue

log = get_logger(__name__)

DELETIONS = Queue("organization_deletion")
"""Ended organizations whose rows and pictures are still to be erased."""


async def end_organization(work: OrganizationWork, who: Person, *, name: str) -> None:
    """End it, once its name was typed. Raises Malformed `name_differs`."""
    organization = await lock_organization(work)
    if _as_typed(name) != _as_typed(organization.name):
        sentence = f"This is not its name. Type {organization.name}."
        raise Malformed("name_differs", sentence, errors=(FieldError("name", sentence),))
    organization.deleted_at = utc_now()
    organization.name = ""
    note(work, who, "organization.deleted", str(organization.id))
    await release_all(work)
    await withdraw_all(work)  # first: whoever joins at this moment is removed with everybody else
    await remove_everybody(work)
    await DELETIONS.put(work, work.organization_id, work.organization_id)
    ended = str(work.organization_id)
    work.after_commit(lambda: log.info("organization_ended", organization_id=ended))


def _as_typed(name: str) -> str:
    """Not every keyboard has the typographic apostrophe that we put into names ourselves."""
    return " ".join(name.replace("’", "'").casefold().split())
