from datetime import date
from decimal import Decimal

import pytest

from cloud.devices.config import ClassifierName
from cloud.evaluation.registry import Api, ModelCard, Tokens, find_card, read_registry
from cloud.kit.settings import Settings

OPENAI, GEMINI, NIM = ClassifierName.OPENAI, ClassifierName.GEMINI, ClassifierName.NIM


def test_the_default_models_are_listed_and_are_not_about_to_end() -> None:
    settings = Settings(_env_file=None)
    for classifier, name in ((OPENAI, settings.openai_model), (GEMINI, settings.gemini_model)):
        card = find_card(classifier, name)
        assert card.price is not None
        assert card.shutdown is None


def test_every_model_is_listed_once_and_those_it_points_to_are_listed_too() -> None:
    registry = read_registry()
    for (classifier, _), card in registry.items():
        for other in (card.successor, card.explainer):
            assert other is None or (classifier, other) in registry
        assert card.api is not Api.DECISIONS or card.explainer


def test_a_call_costs_exactly_what_the_vendor_bills_for_each_kind_of_token() -> None:
    luna = find_card(OPENAI, "gpt-6-luna")
    tokens = Tokens(total_in=1_000_003, out=7, cached=500_001, cache_written=300_001)
    fresh = Decimal(200_001) * Decimal("0.10")
    rest = Decimal(500_001) * Decimal("0.01") + Decimal(300_001) * Decimal("0.125")
    assert luna.cost_usd(tokens) == (fresh + rest + 7 * Decimal("0.50")) / 1_000_000


def test_where_the_cache_has_no_price_of_its_own_it_costs_as_much_as_any_input() -> None:
    decision = find_card(GEMINI, "gemini-decision-1")
    assert decision.cost_usd(Tokens(total_in=1_000_000, cached=400_000)) == Decimal("0.10")


@pytest.mark.parametrize(
    ("card", "tokens"),
    [
        (find_card(NIM, "somebody/unheard-of"), Tokens(total_in=10)),
        (find_card(OPENAI, "gpt-6-luna"), None),
    ],
)
def test_what_is_not_known_costs_nobody_knows_what(card: ModelCard, tokens: Tokens | None) -> None:
    assert card.cost_usd(tokens) is None


def test_a_model_of_another_classifier_has_not_this_ones_price() -> None:
    assert find_card(ClassifierName.COMPATIBLE, "gpt-6-luna").price is None


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 11, 1), None),
        (date(2026, 11, 20), "will be switched off on 14 January 2027"),
        (date(2027, 1, 14), "was switched off on 14 January 2027"),
    ],
)
def test_a_model_near_or_past_its_end_says_so_and_names_its_successor(
    today: date, words: str | None
) -> None:
    said = find_card(OPENAI, "gpt-4o-mini").retirement(today)
    if words is None:
        assert said is None
    else:
        assert said is not None
        assert words in said
        assert "Configure gpt-6-luna instead." in said


@pytest.mark.parametrize(
    ("classifier", "model", "size", "tokens"),
    [
        (OPENAI, "gpt-6-luna", (1280, 720), 864),
        (OPENAI, "gpt-6-luna", (320, 240), 120),
        (OPENAI, "gpt-4o-mini", (1280, 720), 2833 + 4 * 5667),
        (GEMINI, "gemini-3.5-flash-lite", (4000, 3000), 1120),
        (GEMINI, "gemini-2.5-flash", (640, 480), 258),
    ],
)
def test_a_picture_is_counted_as_its_vendor_does(
    classifier: ClassifierName, model: str, size: tuple[int, int], tokens: int
) -> None:
    assert find_card(classifier, model).picture.count(*size) == tokens
