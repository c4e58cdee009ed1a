"""Messages for tests, and texts that try to be more than a text."""

from email.headerregistry import Address

from cloud.channels.channel import InlineImage, Message

SENDER = Address("Visant", "alerts", "visant.example.com")
PICTURE = InlineImage("capture", b"\xff\xd8\xff picture \xff\xd9")

INJECTIONS = [
    "Lab\r\nBcc: eve@example.com",
    "Lab\nBcc: eve@example.com",
    "Lab\rBcc: eve@example.com",
    "Lab\r\n\r\n<html>another body",
    "Lab\r\n Bcc: folded@example.com",
    "Lab\n\tBcc: folded@example.com",
    "Lab\x00Bcc: eve@example.com",
    "Lab\x0bBcc: eve@example.com",
    "Lab\x0cBcc: eve@example.com",
    "Lab\x1cBcc: eve@example.com",
    "Lab\x1dBcc: eve@example.com",
    "Lab\x1eBcc: eve@example.com",
    "Lab\x85Bcc: eve@example.com",
    "Lab\u2028Bcc: eve@example.com",
    "Lab\u2029Bcc: eve@example.com",
    "Lab\x1b[31mred",
    "Lab\x7f\x08\x08\x08",
    "Lab\u202egnitrevni",
    "Lab\u2066isolated\u2069",
    "Lab\ufeffmark",
    "Lab\ud800surrogate",
    "Lab\udcffsurrogate",
    "=?utf-8?q?Lab=0D=0ABcc:_eve@example.com?=",
    "=?utf-8?b?TGFiDQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=",
    "Lab\r\n.\r\nMAIL FROM:<eve@example.com>",
    "Lab%0d%0aBcc: eve@example.com",
    "\r\n\r\n",
    "Lab" * 400,
    "Übergröße " * 40,
    'Lab", <eve@example.com>, "',
    "Lab\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>",
    "Lab\r\nMessage-ID: <forged@example.com>",
]

NO_ADDRESSES = [
    "",
    "nobody",
    "@example.com",
    "a@",
    "a b@example.com",
    "a@exa mple.com",
    "a@example.com, eve@example.com",
    "a@example.com\r\nBcc: eve@example.com",
    "a@example.com\nRCPT TO:<eve@example.com>",
    "<a@example.com>",
    "A <a@example.com>",
    "a@example.com;eve@example.com",
    "a\x00@example.com",
    "a@example..com",
    "a@-example.com",
    "a@example.com>",
    "jürgen@example.com",
    "a@" + "x" * 64 + ".com",
    "a" * 65 + "@example.com",
]


def make_message(
    to: str = "ann@example.com",
    subject: str = "Something changed at the bench",
    text: str = "The vise is gone.",
    *,
    inline_images: tuple[InlineImage, ...] = (PICTURE,),
    message_id: str = "019a.opened.1@visant.example.com",
    in_reply_to: str | None = None,
) -> Message:
    return Message(
        message_id=message_id,
        to=to,
        subject=subject,
        text=text,
        html=f'<p>{text}</p><img src="cid:capture" alt="">',
        inline_images=inline_images,
        in_reply_to=in_reply_to,
    )
