"""The development mailbox: mails that would have left, for anyone who can reach this machine."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from cloud.channels.mailbox import DevelopmentMailbox, Mail
from cloud.kit.access import ANYONE
from cloud.kit.errors import NotFound
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import Visitor
from cloud.web.mail_frames import answer_mail

router = APIRouter(prefix="/dev/mailbox", dependencies=[ANYONE])


async def _mailbox(request: Request) -> DevelopmentMailbox:
    channel = request.app.state.mail_channel
    if not isinstance(channel, DevelopmentMailbox):
        raise NotFound("no_mailbox", "Mails are really sent here, so none is kept.")
    return channel


TheMailbox = Annotated[DevelopmentMailbox, Depends(_mailbox)]


@router.get("")
async def list_mails(visitor: Visitor, sheet: TheSheet, mailbox: TheMailbox) -> Response:
    """Every mail that is kept, newest first."""
    return await _draw(visitor, sheet, mailbox, None)


@router.get("/{mail_id}")
async def read_mail(
    visitor: Visitor, sheet: TheSheet, mailbox: TheMailbox, mail_id: str
) -> Response:
    """One mail, as it looks and as text."""
    return await _draw(visitor, sheet, mailbox, await mailbox.read_mail(mail_id))


@router.get("/{mail_id}/html")
async def mail_as_it_looks(mailbox: TheMailbox, mail_id: str) -> Response:
    """The mail's HTML with its pictures, for a frame in the page."""
    mail = await mailbox.read_mail(mail_id)
    return answer_mail(mail.html_with_pictures)


async def _draw(
    visitor: Visitor, sheet: Sheet, mailbox: DevelopmentMailbox, mail: Mail | None
) -> Response:
    mails = await mailbox.list_mails()
    frame = sheet.frame_for_stranger()
    if visitor is not None:
        async with sheet.database.work_for(visitor.organization_id) as work:
            frame = await sheet.frame(work, visitor)
    return sheet.draw("mailbox/index.html", frame, mails=mails, mail=mail)
