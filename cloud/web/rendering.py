"""Turns templates into pages: one Jinja environment, strict and escaping, and its filters.

Every page is drawn within a `Frame` (who looks, in which zone, at what moment), so that a filter
needs no clock of its own and a test can fix the time.
"""

import asyncio
import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from markupsafe import Markup, escape

from cloud.kit.clock import rfc3339
from cloud.web import looks, times
from cloud.web.assets import Assets, read_assets
from cloud.web.keys import key_hint, pressed_by
from cloud.web.notices import Said

TEMPLATE_DIRECTORY = Path(__file__).parent / "templates"
SEEN_FIRST = ("layouts/", "parts/", "cameras/", "captures/")
KIBIBYTE = 1024
ROW_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Viewer(Protocol):
    """Who looks at a signed-in page."""

    @property
    def email(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def role(self) -> str: ...
    @property
    def is_platform_admin(self) -> bool: ...


class Organization(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def time_zone(self) -> str: ...


@dataclass(frozen=True)
class Frame:
    """What surrounds every page.

    `single_keys` says whether single characters are shortcuts. `plain_cookie` says that the session
    cookie travels over plain http, which the page warns of. `notice` says what was just done.
    `last_event_id` is the organization's last event before the page was drawn: its stream goes on
    from there, so nothing falls between.
    """

    now: datetime
    path: str
    version: str
    zone: tzinfo = UTC
    theme: str = "system"
    single_keys: bool = True
    user: Viewer | None = None
    organization: Organization | None = None
    open_incidents: int = 0
    last_event_id: int | None = None
    plain_cookie: bool = False
    development: bool = False
    notice: Said | None = None

    @property
    def can_write(self) -> bool:
        """Viewers only read."""
        return self.user is not None and self.user.role != "viewer"

    @property
    def can_administer(self) -> bool:
        return self.user is not None and self.user.role in {"admin", "owner"}


class DocumentEnvironment(Environment):
    """Looks for a name among a document's keys first: most of what pages show are dicts.

    Jinja asks for an attribute first, and a miss costs more than all the rest of the look-up.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


@dataclass(frozen=True)
class Pages:
    """Draws templates. Made once, handed to whoever answers with a page."""

    environment: Environment = field(repr=False)
    assets: Assets

    def draw(self, template: str, frame: Frame, **values: object) -> str:
        """One page or partial; a value that the template needs and lacks raises UndefinedError."""
        return self.environment.get_template(template).render(frame=frame, **values)

    async def prepare(self) -> None:
        """Compile what people see first, while others are served: it takes a tenth of a second."""
        for name in self.environment.list_templates():
            if name.startswith(SEEN_FIRST):
                self.environment.get_template(name)
                await asyncio.sleep(0)


def make_pages(templates: Path = TEMPLATE_DIRECTORY) -> Pages:
    """The environment with its filters; reads every static file once for the assets' version."""
    assets = read_assets()
    environment = DocumentEnvironment(
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # a page has hundreds of parts, and would ask the disk about each
    )
    environment.filters.update(_filters())
    environment.globals.update(
        asset=assets.url,
        icon=_icon_drawer(assets),
        pressed_by=pressed_by,
        key_hint=key_hint,
        classifier_words=looks.CLASSIFIERS,
        rank_of_attention=looks.rank_of_attention,
    )
    return Pages(environment, assets)


def _filters() -> dict[str, Callable[..., object]]:
    return {
        "ago": ago,
        "exact": exact,
        "clock": clock,
        "instant": rfc3339,
        "span": times.say_span,
        "duration": times.say_duration,
        "day": day,
        "date": date_of,
        "local_input": local_input,
        "capture_look": looks.look_of_capture,
        "camera_look": looks.look_of_camera,
        "is_stale": looks.is_stale,
        "say_watching": looks.say_watching,
        "incident_look": looks.look_of_incident,
        "disposition_look": looks.look_of_disposition,
        "delivery_look": looks.look_of_delivery,
        "share_look": looks.look_of_share,
        "verdict_look": looks.look_of_verdict,
        "percent": percent,
        "cost": cost,
        "size": size,
        "plain": plain,
        "svg_image": svg_image,
        "is_row_id": is_row_id,
    }


def _icon_drawer(assets: Assets) -> Callable[[str], Markup]:
    sprite = assets.url("icons.svg")

    @cache
    def icon(name: str) -> Markup:
        """A symbol of the sprite. It is decoration: the word stands beside it or in a label."""
        return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
            sprite, name
        )

    return icon


@pass_context
def ago(context: Context, moment: datetime) -> Markup:
    """How long ago, kept true in the browser, with the exact time on hover."""
    frame: Frame = context["frame"]
    return _time(moment, frame, times.say_ago(moment, frame.now), relative=True)


@pass_context
def exact(context: Context, moment: datetime) -> Markup:
    frame: Frame = context["frame"]
    return _time(moment, frame, times.say_moment(moment, frame.zone, frame.now))


@pass_context
def clock(context: Context, moment: datetime) -> Markup:
    """Only the time of day, where the day is plain: `08:30:12`."""
    frame: Frame = context["frame"]
    return _time(moment, frame, f"{moment.astimezone(frame.zone):%H:%M:%S}")


@pass_context
def day(context: Context, one: date) -> str:
    """A day of the reader's: `Today`, `Yesterday`, `Sunday 22 November`."""
    frame: Frame = context["frame"]
    return times.say_day(one, frame.now.astimezone(frame.zone).date())


@pass_context
def date_of(context: Context, one: date | str) -> str:
    """A day as tables have it: `22 Nov`. `one` may be as the API writes it."""
    frame: Frame = context["frame"]
    said = date.fromisoformat(one) if isinstance(one, str) else one
    return times.say_date(said, frame.now.astimezone(frame.zone).date())


@pass_context
def local_input(context: Context, moment: datetime | None) -> str:
    """What a field of date and time shows, by the reader's clock; nothing for nothing."""
    frame: Frame = context["frame"]
    if moment is None:
        return ""
    local = moment.astimezone(frame.zone) if moment.tzinfo else moment
    return local.strftime("%Y-%m-%dT%H:%M")


def _time(moment: datetime, frame: Frame, words: str, *, relative: bool = False) -> Markup:
    exactly = escape(times.say_zoned(moment, frame.zone))
    mark = " data-relative" if relative else ""
    return Markup(  # noqa: S704  # every part is escaped; a page has hundreds, and format is slow
        f'<time datetime="{rfc3339(moment)}" title="{exactly}"{mark}>{escape(words)}</time>'
    )


def percent(share: float) -> str:
    """A score of 0..1 as `93 %`, with the space that keeps the sign on the same line."""
    return f"{round(share * 100)}\N{NO-BREAK SPACE}%"


def cost(dollars: float) -> str:
    """What a call cost, in US dollars; small sums keep the digits that tell them apart."""
    if dollars == 0:
        return "free"
    return f"${dollars:.5f}" if dollars < 0.01 else f"${dollars:.2f}"  # noqa: PLR2004 - one cent


def size(count: int) -> str:
    """A number of bytes as people say it: `312 KB`, `1.4 MB`, `22.4 GB`."""
    if count < KIBIBYTE:
        return f"{count} B"
    if count < KIBIBYTE**2:
        return f"{count / KIBIBYTE:.0f} KB"
    if count < KIBIBYTE**3:
        return f"{count / KIBIBYTE**2:.1f} MB"
    return f"{count / KIBIBYTE**3:.1f} GB"


def plain(value: object) -> str:
    """What a program sent beside a picture, as people would write it: `what: smoke, real: no`."""
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "none"
        case dict():
            return ", ".join(f"{name}: {plain(inner)}" for name, inner in value.items())
        case list():
            return ", ".join(plain(inner) for inner in value)
        case _:
            return str(value)


def is_row_id(text: str) -> bool:
    """Whether this is an id that tells people nothing."""
    return ROW_ID.fullmatch(text) is not None


def svg_image(svg: str) -> str:
    """An SVG as a data address: as an image it can run nothing, whatever it holds."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
