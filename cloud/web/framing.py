"""One page being made for one request: who looks at it, what surrounds it, and the answer."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import Depends, Request, Response
from sqlalchemy import bindparam, func, select

from cloud.accounts.models import Organization
from cloud.accounts.preferences import Preferences, read_preferences
from cloud.accounts.sessions import Person
from cloud.alerts.models import Incident, IncidentState
from cloud.channels.mailbox import DevelopmentMailbox
from cloud.events.models import EventCounter
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.errors import Problem
from cloud.kit.problems import headers_of
from cloud.kit.settings import Settings
from cloud.watch.day_counts import DayCounts
from cloud.web.forms import errors_of
from cloud.web.notices import Notice, drop_notice, find_notice, leave_notice
from cloud.web.packing import pack_page
from cloud.web.rendering import Frame, Pages
from cloud.web.returning import redirect
from version import __version__

EVENT_NUMBER = re.compile("[0-9]{1,18}")

_open_incidents = (
    select(func.count())
    .select_from(Incident)
    .where(
        Incident.organization_id == bindparam("organization_id"),
        Incident.state == IncidentState.OPEN,
    )
    .scalar_subquery()
)
SURROUNDINGS = (
    select(
        Organization.name,
        Organization.time_zone,
        func.coalesce(EventCounter.last_seq, 0).label("last_event_id"),
        _open_incidents.label("open_incidents"),
    )
    .outerjoin(EventCounter, EventCounter.organization_id == Organization.id)
    .where(Organization.id == bindparam("organization_id"))
)
"""What every signed-in page says of the organization, of one moment."""

THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class Sheet:
    """What a route draws its page on. `now` is the one moment that the whole page speaks of."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.now: datetime = utc_now()
        self.database: Database = request.app.state.database
        self.settings: Settings = request.app.state.settings
        self.day_counts: DayCounts = request.app.state.day_counts
        self._pages: Pages = request.app.state.pages

    @property
    def asks_for_part(self) -> bool:
        """Whether a script of ours wants only what changes of the page."""
        return self.request.headers.get("hx-request-type") == "partial"

    @property
    def event(self) -> int | None:
        """The number of the event for which a live page asks, where it says one."""
        said = self.request.headers.get("visant-event", "")
        return int(said) if EVENT_NUMBER.fullmatch(said) else None

    async def frame(self, work: OrganizationWork, who: Person) -> Frame:
        """The frame of a signed-in page.

        Call it before anything else is read: the page's live stream goes on after the last event
        that the frame knows, so what the page does not show yet will still be told.
        """
        values = {"organization_id": work.organization_id}
        around = (await work.execute(SURROUNDINGS, values)).one()
        preferences = read_preferences(who.preferences)
        return Frame(
            **self._surroundings,
            zone=_zone(who, preferences, around.time_zone),
            theme=preferences.theme,
            single_keys=preferences.single_keys,
            user=who,
            organization=around,
            open_incidents=around.open_incidents,
            last_event_id=around.last_event_id,
        )

    def frame_for_stranger(self) -> Frame:
        """The frame of a page that anyone may see."""
        return Frame(**self._surroundings)

    def draw(self, template: str, frame: Frame, *, status: int = 200, **values: object) -> Response:
        """A whole page, which may say its own status."""
        text = self._pages.draw(template, frame, status=status, **values)
        response = pack_page(self.request, text, status)
        if frame.notice is not None:
            drop_notice(response, self.settings)
        return response

    def draw_form(
        self,
        template: str,
        frame: Frame,
        refusal: Problem | None,
        *,
        fields: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response:
        """A page with a form, and on it why what was sent could not be taken, if it was refused.

        `fields` maps a problem's code to the field that it is about. Raises the refusal where it is
        not the form's to say.
        """
        if refusal is None:
            return self.draw(template, frame, status=200, errors={}, **values)
        errors = errors_of(refusal, fields)
        response = self.draw(template, frame, status=refusal.status, errors=errors, **values)
        response.headers.update(headers_of(refusal))
        return response

    def draw_part(self, template: str, frame: Frame, **values: object) -> Response:
        """A piece of a page, for a script that puts it in its place."""
        return self.send(self.write(template, frame, **values))

    def write(self, template: str, frame: Frame, **values: object) -> str:
        """The text of a page or of a piece of one."""
        return self._pages.draw(template, frame, **values)

    def send(self, text: str) -> Response:
        """A text that was written as an answer."""
        return pack_page(self.request, text)

    def go(
        self, path: str, notice: Notice | None = None, *, undo: Iterable[tuple[str, str]] = ()
    ) -> Response:
        """Lead on to another page, which says what was done and, by `undo`, takes it back."""
        response = redirect(path)
        if notice is not None:
            leave_notice(self.request, response, self.settings, notice, undo)
        return response

    @cached_property
    def _surroundings(self) -> dict[str, Any]:
        address = urlsplit(self.settings.base_url)
        return {
            "now": self.now,
            "path": self.request.url.path,
            "version": __version__,
            "plain_cookie": address.scheme == "http" and address.hostname not in THIS_MACHINE,
            "development": isinstance(self.request.app.state.mail_channel, DevelopmentMailbox),
            "notice": find_notice(self.request, self.settings),
        }


def _zone(who: Person, preferences: Preferences, of_organization: str) -> tzinfo:
    """The zone that the person chose, else the organization's."""
    return ZoneInfo(preferences.time_zone if "time_zone" in who.preferences else of_organization)


def zone_key(who: Person) -> object:
    """What decides, within an organization, in which zone somebody reads times."""
    return who.preferences.get("time_zone")


async def _sheet(request: Request) -> Sheet:
    return Sheet(request)


TheSheet = Annotated[Sheet, Depends(_sheet)]
