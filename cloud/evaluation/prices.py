"""What models cost, in US dollars per million tokens, as their vendors publish it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Price:
    """Dollars per million tokens."""

    tokens_in: Decimal
    tokens_out: Decimal


PRICES = {
    "gpt-6-luna": Price(Decimal("0.10"), Decimal("0.50")),
    "gpt-4o-mini": Price(Decimal("0.15"), Decimal("0.60")),
}

MILLION = Decimal(1_000_000)


def cost_usd(model: str, tokens_in: int, tokens_out: int) -> Decimal:
    """What a call cost; 0 for a model without a published price, such as one's own server's."""
    price = PRICES.get(model)
    if price is None:
        return Decimal(0)
    return (price.tokens_in * tokens_in + price.tokens_out * tokens_out) / MILLION
