"""Who did or viewed what in the organization, for its administrators."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Response

from cloud.accounts.audit_trail import AuditFilter, list_audit
from cloud.accounts.sessions import Person
from cloud.kit.database import OrganizationWork
from cloud.kit.paging import Paged, PageRequest
from cloud.web.framing import TheSheet
from cloud.web.gates import AdminOnPage
from cloud.web.organization.page import Reader, draw_tab
from cloud.web.organization.tabs import AUDIT, PATH
from cloud.web.page_size import own_page
from cloud.web.rendering import Frame

SUBJECTS = {
    "device": "Cameras",
    "capture": "Captures",
    "description": "Descriptions",
    "schedule": "Schedules",
    "incident": "Incidents",
    "notifications": "Notifications",
    "member": "Members",
    "invitation": "Invitations",
    "session": "Sign-ins",
    "organization": "Organization",
    "budget": "Budget",
}
"""What entries are about, by the noun that their action begins with."""

router = APIRouter(prefix=PATH)


@dataclass(frozen=True)
class Search:
    """What the form at the head of the list asks for; an empty text does not filter."""

    who: str = ""
    about: str = ""
    since: str = ""
    until: str = ""

    @property
    def query(self) -> str:
        """As it stands in an address."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    def as_filter(self, zone: tzinfo) -> AuditFilter:
        """Both days are included, as the zone has them."""
        since, until = _read_day(self.since), _read_day(self.until)
        return AuditFilter(
            self.who or None,
            self.about or None,
            datetime.combine(since, time(), zone) if since else None,
            datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
        )


Typed = Annotated[str, Query(max_length=254)]


async def _search(
    who: Typed = "", about: Typed = "", since: Typed = "", until: Typed = ""
) -> Search:
    return Search(who.strip(), about, since, until)


@router.get("/audit")
async def audit_tab(
    who: AdminOnPage, sheet: TheSheet, search: Annotated[Search, Depends(_search)], page: Paged
) -> Response:
    return await draw_tab(sheet, who, AUDIT, _read(search, page))


def _read(search: Search, page: PageRequest) -> Reader:
    async def read(work: OrganizationWork, who: Person, frame: Frame) -> Mapping[str, Any]:
        found = await list_audit(work, own_page(who, page), search.as_filter(frame.zone))
        return {
            "entries": found.entries,
            "next_cursor": found.next_cursor,
            "search": search,
            "subjects": SUBJECTS,
        }

    return read


def _read_day(typed: str) -> date | None:
    """A day that somebody typed; what is none does not filter."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if date.min < day < date.max - timedelta(days=1) else None
