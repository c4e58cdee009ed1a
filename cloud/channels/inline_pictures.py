"""A mail's pictures put into its HTML, so that a browser can show it by itself."""

import base64
from collections.abc import Iterable

from cloud.channels.channel import InlineImage


def embed_pictures(html: str, pictures: Iterable[InlineImage]) -> str:
    """The HTML with each picture as a `data:` address in place of its `cid:`."""
    for picture in pictures:
        data = base64.b64encode(picture.jpeg).decode()
        html = html.replace(f"cid:{picture.cid}", f"data:image/jpeg;base64,{data}")
    return html
