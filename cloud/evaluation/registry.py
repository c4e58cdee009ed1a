"""What is known of each model: price, how it is asked, how it counts pictures, until when it lives.

The facts are in `registry.toml` beside this file. A model that it does not list can be used; its
price is then unknown: a call's cost is None, never a made-up 0.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from cloud.captures.images import THUMBNAIL_SIZE
from cloud.devices.config import ClassifierName

FILE = Path(__file__).with_name("registry.toml")

MILLION = Decimal(1_000_000)
NEAR = timedelta(days=60)
"""How long before its end a model is warned of."""

SHORTER_SIDE_OF_TILES = 768


class Api(StrEnum):
    """How a model is asked."""

    RESPONSES = "responses"
    CHAT = "chat"
    GEMINI = "gemini"
    DECISIONS = "decisions"


@dataclass(frozen=True)
class Tokens:
    """What a vendor counted in one call. `total_in` includes what was cached or written to it."""

    total_in: int = 0
    out: int = 0
    cached: int = 0
    cache_written: int = 0


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens."""

    fresh: Decimal
    out: Decimal
    cached: Decimal
    cache_written: Decimal

    def of(self, tokens: Tokens) -> Decimal:
        """What the vendor bills, exactly."""
        fresh = tokens.total_in - tokens.cached - tokens.cache_written
        return (
            self.fresh * fresh
            + self.cached * tokens.cached
            + self.cache_written * tokens.cache_written
            + self.out * tokens.out
        ) / MILLION


@dataclass(frozen=True)
class PictureRule:
    """How large a picture is sent, in what detail, and how many tokens it is counted as."""

    detail: str = "high"
    longest_side: int = 1024
    counted: str = "whole"
    side: int = 1
    most: int = 1_000_000
    tokens: float = 0
    base: int = 1120

    def count(self, width: int, height: int) -> int:
        """Tokens of a picture of so many pixels, about; bills rest on what the vendor counted."""
        shrunk = min(1.0, self.longest_side / max(width, height))
        width, height = round(width * shrunk), round(height * shrunk)
        if self.counted == "patches":
            patches = ceil(width / self.side) * ceil(height / self.side)
            return ceil(min(patches, self.most) * self.tokens)
        if self.counted == "tiles":
            fitted = min(1.0, SHORTER_SIDE_OF_TILES / min(width, height))
            across, down = ceil(width * fitted / self.side), ceil(height * fitted / self.side)
            return ceil(self.base + across * down * self.tokens)
        return self.base

    def count_example(self) -> int:
        """Tokens of a thumbnail in low detail, at most; of tiles only the base is then counted."""
        if self.counted == "tiles" and self.base:
            return self.base
        return self.count(*THUMBNAIL_SIZE)


@dataclass(frozen=True)
class ModelCard:
    """One model of one classifier."""

    classifier: ClassifierName
    name: str
    apis: tuple[Api, ...] = ()
    price: Price | None = None
    picture: PictureRule = PictureRule()
    reasoning: str | None = None
    explainer: str | None = None
    shutdown: date | None = None
    successor: str | None = None

    @property
    def api(self) -> Api | None:
        """How it is asked where nobody chose; None for a model that is not listed."""
        return self.apis[0] if self.apis else None

    def cost_usd(self, tokens: Tokens | None) -> Decimal | None:
        """What a call cost; None where the price or what was counted is not known."""
        return self.price.of(tokens) if self.price and tokens else None

    @property
    def example_usd(self) -> Decimal | None:
        """What one example adds to a call, about; None where the price is not known."""
        return self.cost_usd(Tokens(total_in=self.picture.count_example()))

    def retirement(self, today: date) -> str | None:
        """A sentence on the model's end, where that is near or past."""
        if self.shutdown is None or today < self.shutdown - NEAR:
            return None
        ends = "was switched off" if today >= self.shutdown else "will be switched off"
        advice = f" Configure {self.successor} instead." if self.successor else ""
        return f"The model {self.name} {ends} on {self.shutdown:%-d %B %Y}.{advice}"


def find_card(classifier: ClassifierName, name: str) -> ModelCard:
    """What is known of a model; of one that is not listed, only its name."""
    return read_registry().get((classifier, name)) or ModelCard(classifier, name)


@cache
def read_registry() -> dict[tuple[ClassifierName, str], ModelCard]:
    """The registry file, by classifier and name."""
    document = tomllib.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal)
    cards = [_card(entry) for entry in document["model"]]
    return {(card.classifier, card.name): card for card in cards}


def _card(entry: dict[str, Any]) -> ModelCard:
    picture = {**entry["picture"], "tokens": float(entry["picture"].get("tokens", 0))}
    return ModelCard(
        **{
            **entry,
            "classifier": ClassifierName(entry["classifier"]),
            "apis": tuple(Api(name) for name in entry["apis"]),
            "price": _price(entry["price"]),
            "picture": PictureRule(**picture),
        }
    )


def _price(entry: dict[str, Decimal]) -> Price:
    """Where a vendor has no price of its own for the cache, it bills the usual one."""
    usual = entry["in"]
    return Price(
        fresh=usual,
        out=entry["out"],
        cached=entry.get("cached", usual),
        cache_written=entry.get("cache_write", usual),
    )
