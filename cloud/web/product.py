"""The front door: the product page for strangers, what this is for programs, the API document."""

from fastapi import APIRouter, Request, Response

from cloud.accounts.sessions import Person
from cloud.kit.accepting import wants_document
from cloud.kit.access import ANYONE
from cloud.kit.json import JsonAnswer
from cloud.web.entrance import find_entrance
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import Visitor
from version import __version__

DOCUMENT_PATH = "/openapi.json"
ABOUT = {
    "name": "Visant",
    "version": __version__,
    "docs": DOCUMENT_PATH,
    "health": "/health",
}

router = APIRouter()


@router.get("/", dependencies=[ANYONE])
async def front_door(request: Request, visitor: Visitor, sheet: TheSheet) -> Response:
    """The dashboard for users, the product page for strangers, JSON for programs that ask so."""
    response = await _answer(request, sheet, visitor)
    response.headers["Vary"] = "Accept, Cookie"
    return response


@router.get(DOCUMENT_PATH, dependencies=[ANYONE])
async def api_document(request: Request) -> JsonAnswer:
    """The API as OpenAPI has it."""
    return JsonAnswer(request.app.openapi())


async def _answer(request: Request, sheet: Sheet, visitor: Person | None) -> Response:
    if wants_document(request.headers.get("accept", "")):
        return JsonAnswer(ABOUT)
    if visitor:
        return sheet.go(await find_entrance(sheet.database, visitor))
    return sheet.draw("product/index.html", sheet.frame_for_stranger())
