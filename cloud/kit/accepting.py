"""What the asker would rather have: a page, or JSON.

By RFC 9110, section 12.5.1, as far as these two differ: what is not named is not asked for, however
much `*/*` would take it.
"""

import re

PAGE = "text/html"
DOCUMENTS = ("application/json", "application/problem+json")
WEIGHT = re.compile(r"\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)


def wants_page(accept: str) -> bool:
    """Whether a page is named, and no JSON is named before it."""
    weights = _weights(accept)
    page = weights.get(PAGE, 0.0)
    return page > 0 and page >= max(weights.get(name, 0.0) for name in DOCUMENTS)


def wants_document(accept: str) -> bool:
    """Whether JSON is named, and no page before it."""
    weights = _weights(accept)
    return not wants_page(accept) and any(weights.get(name, 0.0) > 0 for name in DOCUMENTS)


def _weights(accept: str) -> dict[str, float]:
    named = (each.split(";") for each in accept.lower().split(","))
    return {media_type.strip(): _weight(parameters) for media_type, *parameters in named}


def _weight(parameters: list[str]) -> float:
    found = (WEIGHT.fullmatch(each) for each in parameters)
    return next((float(match[1]) for match in found if match), 1.0)
