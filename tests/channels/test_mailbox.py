"""The development mailbox keeps what SMTP would have sent, and reads it back."""

from pathlib import Path

import pytest

from cloud.channels.channel import DeliveryFailed
from cloud.channels.mailbox import DevelopmentMailbox
from cloud.kit.errors import NotFound
from tests.channels.messages import PICTURE, SENDER, make_message


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "mailbox"


@pytest.fixture
def mailbox(directory: Path) -> DevelopmentMailbox:
    return DevelopmentMailbox(directory, SENDER, most_kept=5)


def names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


async def test_an_empty_mailbox_lists_nothing(mailbox: DevelopmentMailbox) -> None:
    assert await mailbox.list_mails() == ()


async def test_a_mail_is_read_back_as_it_was_sent(mailbox: DevelopmentMailbox) -> None:
    message = make_message(subject="Café — 冷蔵庫", text="Grüße\nzweite Zeile")
    assert (await mailbox.send(message)).startswith("kept in the development mailbox")
    (summary,) = await mailbox.list_mails()
    mail = await mailbox.read_mail(summary.mail_id)
    assert (summary.to, summary.subject, summary.date) == (mail.to, mail.subject, mail.date)
    assert mail.message_id == message.message_id
    assert mail.sender == "Visant <alerts@visant.example.com>"
    assert (mail.to, mail.subject) == (message.to, message.subject)
    assert mail.text.strip() == message.text
    assert mail.html.strip() == message.html
    assert mail.inline_images == (PICTURE,)


async def test_the_html_can_show_its_pictures_by_itself(mailbox: DevelopmentMailbox) -> None:
    await mailbox.send(make_message())
    (summary,) = await mailbox.list_mails()
    html = (await mailbox.read_mail(summary.mail_id)).html_with_pictures
    assert "cid:" not in html
    assert 'src="data:image/jpeg;base64,/9j/' in html


async def test_the_newest_come_first_and_the_oldest_go(
    mailbox: DevelopmentMailbox, directory: Path
) -> None:
    for number in range(8):
        await mailbox.send(make_message(subject=f"mail {number}"))
    listed = [summary.subject for summary in await mailbox.list_mails()]
    assert listed == ["mail 7", "mail 6", "mail 5", "mail 4", "mail 3"]
    assert sorted(names_in(directory)) == sorted(
        f"{summary.mail_id}.eml" for summary in await mailbox.list_mails()
    )


async def test_a_half_written_mail_is_not_listed(
    mailbox: DevelopmentMailbox, directory: Path
) -> None:
    await mailbox.send(make_message())
    (directory / ".00000000000000000001-00000000").write_bytes(b"From: ha")
    assert len(await mailbox.list_mails()) == 1


async def test_a_recipient_that_is_no_address_fails_as_it_would_by_smtp(
    mailbox: DevelopmentMailbox,
) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        await mailbox.send(make_message("nobody"))
    assert failed.value.permanent
    assert await mailbox.list_mails() == ()


@pytest.mark.parametrize(
    "mail_id", ["", "../../etc/passwd", "0" * 20 + "-00000000", "x", "..", "0" * 20 + "-0000000/"]
)
async def test_an_unknown_mail_is_not_found(mailbox: DevelopmentMailbox, mail_id: str) -> None:
    with pytest.raises(NotFound, match="mail_not_found"):
        await mailbox.read_mail(mail_id)
