"""The addresses of share links for those who make them; what strangers call is in public_routes."""

from fastapi import APIRouter

from cloud.accounts.access import Admin, Viewer
from cloud.accounts.resources import TheHasher
from cloud.kit.clock import utc_now
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.qr import draw_qr
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.sharing import schemas
from cloud.sharing.documents import share_link_document, view_document
from cloud.sharing.editing import change_share, revoke_share
from cloud.sharing.making import make_share
from cloud.sharing.queries import list_shares, list_views, parse_share_link_id

router = APIRouter(prefix="/v1", tags=["Shares"])


@router.post(
    "/devices/{device_id}/share", status_code=201, response_model=schemas.MadeShareDocument
)
async def post_share(
    who: Admin,
    database: TheDatabase,
    settings: TheSettings,
    hasher: TheHasher,
    device_id: str,
    body: schemas.ShareBody,
) -> JsonAnswer:
    """Make a link by which strangers may look. Its token is told this once."""
    made = await make_share(database, hasher, who, device_id, body, base_url=settings.base_url)
    once = {"token": made.token, "url": made.url, "qr_code_svg": draw_qr(made.url)}
    return JsonAnswer(share_link_document(made.share, utc_now()) | once, 201)


@router.get("/share-links", response_model=schemas.ShareLinkList)
async def get_share_links(who: Viewer, database: TheDatabase, page: Paged) -> JsonAnswer:
    """Share links of the organization, the last made first, those that have ended too."""
    async with database.work_for(who.organization_id) as work:
        found = await list_shares(work, page)
    links = [share_link_document(share, utc_now()) for share in found.shares]
    return JsonAnswer({"share_links": links, "next_cursor": found.next_cursor})


@router.get("/share-links/{share_link_id}/views", response_model=schemas.ShareViewList)
async def get_views(
    who: Viewer, database: TheDatabase, page: Paged, share_link_id: str
) -> JsonAnswer:
    """Who came by a link: when each visit began, and from where."""
    async with database.work_for(who.organization_id) as work:
        found = await list_views(work, parse_share_link_id(share_link_id), page)
    views = [view_document(view) for view in found.views]
    return JsonAnswer({"items": views, "next_cursor": found.next_cursor})


@router.patch("/share-links/{share_link_id}", response_model=schemas.ShareLinkDocument)
async def patch_share_link(
    who: Admin, database: TheDatabase, share_link_id: str, body: schemas.ShareChangesBody
) -> JsonAnswer:
    """Change a link's label, end or number of views. 409 for one that was revoked."""
    async with database.work_for(who.organization_id) as work:
        share = await change_share(work, who, parse_share_link_id(share_link_id), body)
    return JsonAnswer(share_link_document(share, utc_now()))


@router.delete("/share-links/{share_link_id}", status_code=204)
async def delete_share_link(who: Admin, database: TheDatabase, share_link_id: str) -> None:
    """Revoke a link: its page and its pictures answer 410 at once. Repeating changes nothing."""
    async with database.work_for(who.organization_id) as work:
        await revoke_share(work, who, parse_share_link_id(share_link_id))
