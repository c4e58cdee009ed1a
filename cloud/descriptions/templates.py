"""The organization's templates: texts that any camera's description may start from."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select, tuple_

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.descriptions.models import DescriptionTemplate
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import NotFound
from cloud.kit.ids import new_id
from cloud.kit.paging import Cursor, PageRequest


@dataclass(frozen=True)
class TemplatePage:
    templates: Sequence[DescriptionTemplate]
    next_cursor: str | None


async def write_template(
    work: OrganizationWork, who: Person, *, name: str, text: str, remark: str | None
) -> DescriptionTemplate:
    """Add a template. Its text is never changed: versions that were made of it are copies."""
    template = DescriptionTemplate(
        id=new_id(),
        organization_id=work.organization_id,
        name=name,
        text=text,
        note=remark or None,
        created_by=who.email,
    )
    work.add(template)
    note(work, who, "description_template.written", str(template.id), name=name)
    await work.flush()
    await work.session.refresh(template, ["created_at"])
    return template


async def remove_template(work: OrganizationWork, who: Person, template_id: str) -> None:
    """Remove a template; what was made of it stays. Raises NotFound."""
    template = await get_template(work, template_id)
    note(work, who, "description_template.removed", template_id, name=template.name)
    await work.session.delete(template)


async def get_template(work: OrganizationWork, template_id: str) -> DescriptionTemplate:
    """One template. Raises NotFound."""
    try:
        statement = _own(work).where(DescriptionTemplate.id == UUID(template_id))
    except ValueError:
        raise _template_not_found() from None
    template: DescriptionTemplate | None = await work.scalar(statement)
    if template is None:
        raise _template_not_found()
    return template


async def list_templates(work: OrganizationWork, page: PageRequest) -> TemplatePage:
    """A page of the organization's templates, newest first."""
    place = tuple_(DescriptionTemplate.created_at, DescriptionTemplate.id)
    statement = _own(work)
    if page.cursor:
        statement = statement.where(place < tuple_(page.cursor.at, page.cursor.uuid))
    statement = statement.order_by(
        DescriptionTemplate.created_at.desc(), DescriptionTemplate.id.desc()
    )
    found = (await work.session.scalars(statement.limit(page.limit + 1))).all()
    if len(found) <= page.limit:
        return TemplatePage(found, None)
    last = found[page.limit - 1]
    return TemplatePage(found[: page.limit], Cursor(last.created_at, str(last.id)).encode())


def _own(work: OrganizationWork) -> Select[DescriptionTemplate]:
    return select(DescriptionTemplate).where(
        DescriptionTemplate.organization_id == work.organization_id
    )


def _template_not_found() -> NotFound:
    return NotFound("template_not_found", "There is no such template.")
