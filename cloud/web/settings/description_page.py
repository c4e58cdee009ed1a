"""The page of a camera's description: the version in force, an editor, pictures, every version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Response
from sqlalchemy import Row

from cloud.accounts.sessions import Person
from cloud.captures.models import State
from cloud.captures.queries import list_pictured
from cloud.descriptions.coaching import find_hints
from cloud.descriptions.models import NormalDescription
from cloud.descriptions.queries import description_in_force, get_description, list_descriptions
from cloud.descriptions.templates import get_template, list_templates
from cloud.devices.config import read_config
from cloud.devices.models import Device
from cloud.evaluation.drafting.choosing import find_model
from cloud.evaluation.drafting.drafting import MOST_PICTURES, Drafted
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Problem
from cloud.kit.paging import PageRequest
from cloud.kit.processor import compute
from cloud.web.forms import Form
from cloud.web.framing import Sheet
from cloud.web.settings.page import draw_tab
from cloud.web.settings.tabs import DESCRIPTION

TEMPLATES_SHOWN = 100
VERSIONS_SHOWN = 20
PICTURES_SHOWN = 12
PICTURES_AMONG = 500
"""How many of the newest captures are chosen from."""


@dataclass(frozen=True)
class Start:
    """What the editor starts from: a version, a template, or what is in force."""

    version: int | None = None
    template: str | None = None

    async def read(
        self, work: OrganizationWork, device: Device, in_force: NormalDescription | None
    ) -> str:
        """Raises NotFound."""
        if self.template:
            return (await get_template(work, self.template)).text
        if self.version:
            return (await get_description(work, device.id, self.version)).text
        return in_force.text if in_force else ""


async def draw_description(
    sheet: Sheet,
    who: Person,
    device_id: str,
    start: Start = Start(),
    page: PageRequest = PageRequest(),
    *,
    typed: Form | None = None,
    drafted: Drafted | None = None,
    refusal: Problem | None = None,
) -> Response:
    """The tab: with what is in force, what was typed, or what was drafted, and what was refused."""

    async def read(_sheet: Sheet, work: OrganizationWork, device: Device) -> Mapping[str, Any]:
        in_force = await description_in_force(work, device.id)
        found = await list_descriptions(work, device.id, PageRequest(VERSIONS_SHOWN, page.cursor))
        typed_text = typed.text("text") if typed else await start.read(work, device, in_force)
        text = drafted.text if drafted else typed_text
        return {
            **await _read_pictures(sheet, work, device, typed),
            "drafted": drafted,
            "active": in_force,
            "versions": found.descriptions,
            "next_cursor": found.next_cursor,
            "templates": (await list_templates(work, PageRequest(TEMPLATES_SHOWN))).templates,
            "text": text,
            "note": typed.text("note") if typed else "",
            "hints": await compute(find_hints, text),
        }

    return await draw_tab(sheet, who, device_id, DESCRIPTION, read=read, refusal=refusal)


async def _read_pictures(
    sheet: Sheet, work: OrganizationWork, device: Device, typed: Form | None
) -> dict[str, Any]:
    """From what a draft can be written, and by which model; None where the camera asks none."""
    section = read_config(device.config, sheet.settings).evaluation
    model = find_model(section, sheet.request.app.state.classifiers)
    rows = await list_pictured(work, device.id, limit=PICTURES_AMONG) if model else []
    pictures = _propose(rows)
    ticked = typed.texts("record_id") if typed else []
    return {
        "drafting_model": model.card.name if model else None,
        "most_pictures": MOST_PICTURES,
        "pictures": pictures,
        "ticked": frozenset(ticked or map(str, _tick(pictures))),
    }


def _propose(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Normal ones spread over the time, as they differ most; where those are few, others too."""
    normal = _spread([row for row in rows if _is_normal(row)], PICTURES_SHOWN)
    others = [row for row in rows if not _is_normal(row)][: PICTURES_SHOWN - len(normal)]
    return sorted([*normal, *others], key=lambda row: row.captured_at, reverse=True)


def _tick(pictures: Sequence[Row[Any]]) -> list[UUID]:
    return [row.id for row in _spread([row for row in pictures if _is_normal(row)], MOST_PICTURES)]


def _is_normal(row: Row[Any]) -> bool:
    """By the operator's word where there is one, else by the verdict."""
    said: str | None = row.disposition or row.state
    return said == State.NORMAL


def _spread(rows: Sequence[Row[Any]], most: int) -> Sequence[Row[Any]]:
    """At most so many, evenly from first to last."""
    if len(rows) <= most:
        return rows
    return [rows[round(place * (len(rows) - 1) / (most - 1))] for place in range(most)]
