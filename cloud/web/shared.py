"""What a stranger with a share link sees: its gallery, one picture of it, the passcode before it.

Chat programs open a link to show a preview. They are given its words, and a thumbnail where it asks
for nothing; and they are not counted, or a link for one view would be used up by them. So they are
told no id, by which the full picture could be had.
"""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from cloud.accounts.resources import TheHasher
from cloud.kit.accepting import wants_page
from cloud.kit.errors import Problem
from cloud.kit.origin import not_from_elsewhere
from cloud.kit.paging import Paged, PageRequest
from cloud.sharing.gallery import Around, GalleryPage, read_around, read_gallery
from cloud.sharing.guests import BY_LINK, Guest, TheGuest, keep_visit
from cloud.sharing.schemas import PasscodeBody
from cloud.sharing.visits import Entry, PasscodeNeeded, announcing, entering, following, unlock
from cloud.web.forms import read_sent
from cloud.web.framing import Sheet, TheSheet

ON_A_PAGE = 24

PREVIEW_PROGRAMS = (
    "applebot",
    "bingbot",
    "discordbot",
    "embedly",
    "facebookexternalhit",
    "googlebot",
    "iframely",
    "linkedinbot",
    "mattermost-bot",
    "redditbot",
    "skypeuripreview",
    "slackbot",
    "telegrambot",
    "twitterbot",
    "whatsapp",
)
"""How programs that draw previews of links call themselves. By whole names: some telephones have
`bot` in theirs."""

PASSCODE_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": PasscodeBody.model_json_schema()}},
    }
}
"""For the API document: the body is read by hand, as the page sends a form instead."""

TO_THE_GALLERY: dict[int | str, dict[str, Any]] = {
    303: {"description": "To whoever asked as a page: on to the gallery."}
}

router = APIRouter(prefix="/s/{token}", tags=["Shares"], dependencies=BY_LINK)
"""Of these pages the API document names those that programs call too."""


@router.get("", response_class=HTMLResponse)
async def shared_gallery(guest: TheGuest, sheet: TheSheet, page: Paged) -> Response:
    """The gallery; to a script that looks for news, only its captures."""
    try:
        if _draws_previews(guest):
            return await _preview(sheet, guest)
        wanted = PageRequest(ON_A_PAGE, page.cursor)
        if sheet.asks_for_part:
            return await _news(sheet, guest, wanted)
        async with entering(sheet.database, guest) as entry:
            gallery = await read_gallery(guest.token, entry, wanted)
    except PasscodeNeeded as needed:
        return _ask_for_passcode(sheet, guest, needed)
    values = _values(sheet, guest, entry, gallery)
    frame = sheet.frame_for_stranger()
    answer = sheet.draw("shared/show.html", frame, is_first=page.cursor is None, **values)
    keep_visit(answer, guest, entry.visit, sheet.settings)
    return answer


@router.get("/captures/{shared_id}", include_in_schema=False)
async def shared_picture(guest: TheGuest, sheet: TheSheet, shared_id: str) -> Response:
    """One picture of the gallery, large."""
    try:
        async with entering(sheet.database, guest) as entry:
            around = await read_around(guest.token, entry, shared_id)
    except PasscodeNeeded as needed:
        return _ask_for_passcode(sheet, guest, needed)
    answer = sheet.draw(
        "shared/capture.html", sheet.frame_for_stranger(), **_picture_values(guest, entry, around)
    )
    keep_visit(answer, guest, entry.visit, sheet.settings)
    return answer


@router.post(
    "/passcode",
    status_code=204,
    responses=TO_THE_GALLERY,
    openapi_extra=PASSCODE_BODY,
    dependencies=[Depends(not_from_elsewhere)],
)
async def give_passcode(
    request: Request, guest: TheGuest, sheet: TheSheet, hasher: TheHasher
) -> Response:
    """Open the link by its passcode, from its page or from a program.

    The cookie in the answer is the visit's: with it the gallery and its pictures are given.
    """
    try:
        body = await read_sent(request, PasscodeBody)
        visit = await unlock(request, sheet.database, hasher, guest, body.passcode)
    except Problem as refusal:
        return _ask_for_passcode(sheet, guest, refusal)
    is_page = wants_page(request.headers.get("accept", ""))
    answer = sheet.go(f"/s/{guest.token}") if is_page else Response(status_code=204)
    keep_visit(answer, guest, visit, sheet.settings)
    return answer


def _draws_previews(guest: Guest) -> bool:
    named = (guest.user_agent or "").lower()
    return any(name in named for name in PREVIEW_PROGRAMS)


async def _news(sheet: Sheet, guest: Guest, wanted: PageRequest) -> Response:
    async with following(sheet.database, guest) as entry:
        gallery = await read_gallery(guest.token, entry, wanted)
    values = _values(sheet, guest, entry, gallery)
    return sheet.draw_part("shared/_captures.html", sheet.frame_for_stranger(), **values)


async def _preview(sheet: Sheet, guest: Guest) -> Response:
    gallery = GalleryPage((), None)
    async with announcing(sheet.database, guest) as entry:
        if entry.share.is_open_to_all:
            gallery = await read_gallery(guest.token, entry, PageRequest(1))
    values = _values(sheet, guest, entry, gallery)
    return sheet.draw("shared/preview.html", sheet.frame_for_stranger(), **values)


def _ask_for_passcode(sheet: Sheet, guest: Guest, refusal: Problem) -> Response:
    """The page that asks, which tells nothing of the link. Raises it again for programs."""
    accepted = sheet.request.headers.get("accept", "")
    if not wants_page(accepted) or not _is_of_passcode(refusal):
        raise refusal
    frame, path = sheet.frame_for_stranger(), f"/s/{guest.token}/passcode"
    if refusal.code == "passcode_needed":
        return sheet.draw(
            "shared/passcode.html", frame, status=refusal.status, errors={}, action=path
        )
    fields = {"passcode_wrong": "passcode"}
    return sheet.draw_form("shared/passcode.html", frame, refusal, fields=fields, action=path)


def _is_of_passcode(refusal: Problem) -> bool:
    return refusal.status in {401, 422, 429}


def _values(sheet: Sheet, guest: Guest, entry: Entry, gallery: GalleryPage) -> dict[str, Any]:
    newest = f"{sheet.settings.base_url}/api/s/{guest.token}/thumbnails/newest"
    shows_newest = entry.share.is_open_to_all and gallery.captures
    return {
        "token": guest.token,
        "share": entry.share,
        "captures": gallery.captures,
        "next_cursor": gallery.next_cursor,
        "preview_url": newest if shows_newest else None,
    }


def _picture_values(guest: Guest, entry: Entry, around: Around) -> dict[str, Any]:
    return {
        "token": guest.token,
        "share": entry.share,
        "capture": around.capture,
        "older": around.older,
        "newer": around.newer,
    }
