"""JSON as the outside sees it: times as `2026-11-22T07:30:00.123Z`, UUIDs and decimals as usual."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from starlette.responses import Response

from cloud.kit.clock import rfc3339


def dumps(value: Any) -> bytes:
    return orjson.dumps(value, default=_other, option=orjson.OPT_PASSTHROUGH_DATETIME)


class JsonAnswer(Response):
    """An answer that is written as it stands, without a model's validation on the way."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return dumps(content)


def _other(value: object) -> object:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
