"""JSON as the outside sees it: times in UTC with `Z`, UUIDs and decimals as one would expect."""

from decimal import Decimal
from typing import Any

import orjson
from starlette.responses import Response


def dumps(value: Any) -> bytes:
    return orjson.dumps(value, default=_other, option=orjson.OPT_UTC_Z)


class JsonAnswer(Response):
    """An answer that is written as it stands, without a model's validation on the way."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return dumps(content)


def _other(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
