"""Filters of a gallery that somebody keeps: chosen by a link, kept and removed by forms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Response

from cloud.accounts.preferences import (
    LONGEST_NAME,
    MOST_SAVED,
    SavedFilters,
    read_preferences,
)
from cloud.accounts.saving_filters import remove_filters, save_filters
from cloud.accounts.sessions import Person
from cloud.kit.bodies import Body, OneLine
from cloud.web.filters import SPAN, Filters, in_zone
from cloud.web.forms import Form, TheForm, validate
from cloud.web.framing import TheSheet
from cloud.web.gates import ViewerOnPage
from cloud.web.notices import Fields, Notice
from cloud.web.returning import PageBefore

NAMELESS = "-"

router = APIRouter(prefix="/ui/saved-filters")


class NameBody(Body):
    name: Annotated[str, OneLine(at_least=1, at_most=LONGEST_NAME)]


@dataclass(frozen=True)
class Choice:
    """Saved filters as a link. `is_shown` says that the gallery shows just these."""

    name: str
    address: str
    is_shown: bool


@dataclass(frozen=True)
class SavedChoices:
    """`to_save` are the fields of what the gallery shows, where that can be kept."""

    choices: Sequence[Choice]
    to_save: Fields | None


@router.post("")
async def save(
    who: ViewerOnPage, sheet: TheSheet, form: TheForm, page_before: PageBefore
) -> Response:
    """Keep filters under a name."""
    wanted = _read_saved(form)
    async with sheet.database.work() as work:
        replaced = await save_filters(work, who, wanted)
    undo = () if replaced else [("name", wanted.name)]
    return sheet.go(page_before, Notice.FILTERS_SAVED, undo=undo)


@router.post("/remove")
async def remove(
    who: ViewerOnPage, sheet: TheSheet, form: TheForm, page_before: PageBefore
) -> Response:
    """Keep those of a name no more."""
    name = form.read(NameBody).name
    async with sheet.database.work() as work:
        removed = await remove_filters(work, who, name)
    undo = fields_of(removed) if removed else ()
    return sheet.go(page_before, Notice.FILTERS_REMOVED, undo=undo)


def read_choices(who: Person, device_id: str, shown: Filters, zone: tzinfo) -> SavedChoices:
    """What somebody has saved, as links to this camera, or to the one that they are for."""
    saved = read_preferences(who.preferences).saved_filters
    choices = [_choice(each, device_id, shown, zone) for each in saved]
    is_kept = shown.is_empty or any(choice.is_shown for choice in choices)
    if is_kept or len(choices) == MOST_SAVED:
        return SavedChoices(choices, None)
    nameless = fields_of(name_filters(NAMELESS, shown, zone))
    return SavedChoices(choices, tuple(each for each in nameless if each[0] != "name"))


def name_filters(name: str, filters: Filters, zone: tzinfo) -> SavedFilters:
    """Filters of a page under a name; its times without a zone are of the reader's."""
    is_span = filters.preset == SPAN
    return SavedFilters.model_validate(
        {
            "name": name,
            "states": filters.states,
            "preset": None if is_span else filters.preset or None,
            "from": in_zone(filters.from_, zone) if is_span else None,
            "to": in_zone(filters.to, zone) if is_span else None,
            "trigger_label": filters.trigger_label or None,
            "q": filters.q or None,
        }
    )


def fields_of(saved: SavedFilters) -> Fields:
    """As a form sends them."""
    named = saved.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    states = named.pop("states", ())
    return (*named.items(), *(("states", state) for state in states))


def filters_of(saved: SavedFilters) -> Filters:
    """Saved filters as a page shows them."""
    is_span = saved.after is not None or saved.before is not None
    return Filters(
        tuple(saved.states),
        SPAN if is_span else saved.preset or "",
        saved.trigger_label or "",
        saved.q or "",
        saved.after,
        saved.before,
    )


def _read_saved(form: Form) -> SavedFilters:
    """What `fields_of` gave, and a name. Raises Malformed."""
    given = {name: values[-1] for name, values in form.fields.items() if values[-1]}
    return validate(SavedFilters, given | {"states": form.texts("states")})


def _choice(saved: SavedFilters, device_id: str, shown: Filters, zone: tzinfo) -> Choice:
    filters = filters_of(saved)
    device = saved.device_id or device_id
    return Choice(
        saved.name,
        f"/ui/cameras/{quote(device, safe='')}?{filters.query}",
        is_shown=device == device_id and _settled(filters, zone) == _settled(shown, zone),
    )


def _settled(filters: Filters, zone: tzinfo) -> Filters:
    """The same for all that show the same."""
    is_span = filters.preset == SPAN
    return replace(
        filters,
        states=tuple(sorted(set(filters.states))),
        from_=in_zone(filters.from_, zone) if is_span else None,
        to=in_zone(filters.to, zone) if is_span else None,
    )
