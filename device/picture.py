"""A picture as a source gives it: finished bytes, the moment, and what the source says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Picture:
    """Encoded bytes of one still. `captured_at` has a zone; `metadata` must be JSON."""

    content: bytes
    captured_at: datetime
    media_type: str = "image/jpeg"
    metadata: Mapping[str, object] = field(default_factory=dict)
