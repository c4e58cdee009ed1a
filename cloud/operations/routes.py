"""The addresses of taking everything along, and of the organization's end."""

from fastapi import APIRouter, Request, Response

from cloud.accounts.access import Admin, Owner
from cloud.kit.resources import TheDatabase
from cloud.operations.ending import end_organization
from cloud.operations.exporting import send_export
from cloud.operations.schemas import EndingBody
from cloud.storage.resources import TheStore

router = APIRouter(prefix="/v1/organization", tags=["Organization"])


class ZipAnswer(Response):
    """A zip file."""

    media_type = "application/zip"


@router.get("/export", response_class=ZipAnswer)
async def export_organization(
    who: Admin, request: Request, database: TheDatabase, store: TheStore
) -> Response:
    """Everything of your organization as a zip file: rows as JSON lines, and the pictures.

    One at a time (409). `contents.json` ends the file; without it, it was cut off.
    """
    return await send_export(request, database, store, who)


@router.delete("", status_code=204)
async def delete_organization(who: Owner, database: TheDatabase, body: EndingBody) -> Response:
    """Delete your organization, once its name is typed (422 if it is another).

    From the answer on nobody has an account in it, its cameras' keys are dead and their ids may be
    activated by anybody. Its rows and pictures are erased right after.
    """
    async with database.work_for(who.organization_id) as work:
        await end_organization(work, who, name=body.name)
    return Response(status_code=204)
