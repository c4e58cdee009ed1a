"""Looking through what needs a word: one picture at a time, by keys, with a way back.

Works without scripts: every key has a button or a link.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from cloud.captures.comparing import find_reference
from cloud.captures.documents import capture_document
from cloud.captures.judging import dispose, undo_disposition
from cloud.captures.queries import get_capture, parse_record_id
from cloud.captures.schemas import DispositionBody
from cloud.devices.queries import get_device_of_row
from cloud.watch.review import ToReview, find_reviews
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage

router = APIRouter(prefix="/ui/review")

AT_ONCE = 50

RecordId = Annotated[str | None, Query(max_length=64)]


@dataclass(frozen=True)
class Place:
    """Where somebody is among what is to be reviewed."""

    here: ToReview
    previous: str | None
    next: str | None

    @classmethod
    def find(cls, reviews: Sequence[ToReview], at: str | None) -> "Place | None":
        """At this capture, or at the first where it is not among them; None where nothing is."""
        if not reviews:
            return None
        ids = [str(one.row.id) for one in reviews]
        place = ids.index(at) if at in ids else 0
        beyond = ids[place + 1] if place + 1 < len(ids) else None
        return cls(reviews[place], ids[place - 1] if place else None, beyond)


@router.get("")
async def review(
    who: ViewerOnPage, sheet: TheSheet, at: RecordId = None, said: RecordId = None
) -> Response:
    """One picture that needs a word. `said` is the one before it, whose word can be taken back."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        reviews = await find_reviews(work, sheet.settings, limit=AT_ONCE)
        place = Place.find(reviews, at)
        before = await get_capture(work, parse_record_id(said)) if said else None
        shown: dict[str, Any] = {"capture": None}
        if place is not None:
            shown = {
                "capture": capture_document(place.here.row),
                "reference": await find_reference(work, place.here.row),
                "device": await get_device_of_row(work, place.here.row.device_id),
            }
    return sheet.draw(
        "review/index.html",
        frame,
        place=place,
        left=len(reviews),
        said=capture_document(before) if before and before.disposition else None,
        **shown,
    )


@router.post("/{record_id}")
async def say(who: MemberOnPage, sheet: TheSheet, record_id: str, form: TheForm) -> Response:
    """Write the word down and go on to the next; without a word, take it back and return to it."""
    async with sheet.database.work_for(who.organization_id) as work:
        if form.text("verdict"):
            body = form.read(DispositionBody)
            capture = await dispose(work, who, parse_record_id(record_id), body.verdict, None)
            address = f"/ui/review?said={capture.id}"
            if form.text("next"):
                address += f"&at={parse_record_id(form.text('next'))}"
        else:
            capture = await undo_disposition(work, who, parse_record_id(record_id))
            address = f"/ui/review?at={capture.id}"
    return sheet.go(address)
