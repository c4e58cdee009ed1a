"""The addresses of the organization's templates, and of the coach."""

from fastapi import APIRouter

from cloud.accounts.access import Admin, Member, Viewer
from cloud.descriptions.coaching import find_hints
from cloud.descriptions.documents import hint_documents, template_document
from cloud.descriptions.schemas import (
    HintsAnswer,
    TemplateAnswer,
    TemplateBody,
    TemplateList,
    TextBody,
)
from cloud.descriptions.templates import (
    get_template,
    list_templates,
    remove_template,
    write_template,
)
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.processor import compute
from cloud.kit.resources import TheDatabase

router = APIRouter(prefix="/v1/descriptions", tags=["Descriptions"])


@router.get("", response_model=TemplateList)
async def list_all(who: Viewer, database: TheDatabase, page: Paged) -> JsonAnswer:
    """The organization's templates, newest first."""
    async with database.work_for(who.organization_id) as work:
        found = await list_templates(work, page)
    items = [template_document(one) for one in found.templates]
    return JsonAnswer({"items": items, "next_cursor": found.next_cursor})


@router.post("", status_code=201, response_model=TemplateAnswer)
async def write(who: Member, database: TheDatabase, body: TemplateBody) -> JsonAnswer:
    """Keep a text for any camera's description to start from."""
    async with database.work_for(who.organization_id) as work:
        template = await write_template(work, who, name=body.name, text=body.text, remark=body.note)
    return JsonAnswer(template_document(template), 201)


@router.post("/hints", response_model=HintsAnswer)
async def coach(_who: Viewer, body: TextBody) -> JsonAnswer:
    """Advice on a text before it is saved: what a still cannot show, what says too little."""
    return JsonAnswer({"hints": hint_documents(await compute(find_hints, body.text))})


@router.get("/{template_id}", response_model=TemplateAnswer)
async def read(who: Viewer, database: TheDatabase, template_id: str) -> JsonAnswer:
    """One template."""
    async with database.work_for(who.organization_id) as work:
        return JsonAnswer(template_document(await get_template(work, template_id)))


@router.delete("/{template_id}", status_code=204)
async def remove(who: Admin, database: TheDatabase, template_id: str) -> None:
    """Remove a template. Descriptions that were made of it stay as they are."""
    async with database.work_for(who.organization_id) as work:
        await remove_template(work, who, template_id)
