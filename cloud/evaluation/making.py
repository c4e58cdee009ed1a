"""Which classifiers this installation has: the baseline always, models where they are set up."""

from datetime import date

from pydantic import SecretStr

from cloud.devices.config import ClassifierName
from cloud.evaluation.baseline_classifier import BaselineClassifier
from cloud.evaluation.breaker import Breaker
from cloud.evaluation.calling import AskedModel, Caller
from cloud.evaluation.classifier import Classifier
from cloud.evaluation.compatible_models import CompatibleModels
from cloud.evaluation.decision_classifier import DecisionClassifier
from cloud.evaluation.gemini_models import GeminiModels
from cloud.evaluation.model_classifier import ModelClassifier
from cloud.evaluation.openai_models import OpenAIModels
from cloud.evaluation.registry import Api, ModelCard, find_card
from cloud.evaluation.transport import ModelTransport
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.logs import get_logger
from cloud.kit.settings import OpenAIApi, Settings
from cloud.storage.store import Store

log = get_logger(__name__)


def make_classifiers(
    settings: Settings, database: Database, store: Store, transport: ModelTransport
) -> dict[ClassifierName, Classifier]:
    """Every classifier that can be asked, by its name."""
    baseline = BaselineClassifier(database, store)
    return {ClassifierName.BASELINE: baseline, **make_models(settings, transport)}


def make_models(settings: Settings, transport: ModelTransport) -> dict[ClassifierName, Classifier]:
    """The classifiers that ask a model, by name: those that are set up."""
    return {
        card.classifier: _MAKERS[card.classifier](settings, card, transport)
        for card in configured_models(settings)
    }


def configured_models(settings: Settings) -> list[ModelCard]:
    """The models that this installation is set up to ask."""
    wanted = {
        ClassifierName.OPENAI: (settings.openai_api_key, settings.openai_model),
        ClassifierName.GEMINI: (settings.gemini_api_key, settings.gemini_model),
        ClassifierName.NIM: (settings.nim_api_key, settings.nim_model),
        ClassifierName.COMPATIBLE: (settings.compatible_base_url, settings.compatible_model),
    }
    return [find_card(name, model) for name, (given, model) in wanted.items() if given and model]


NEEDED = {
    ClassifierName.OPENAI: "OPENAI_API_KEY",
    ClassifierName.GEMINI: "GEMINI_API_KEY",
    ClassifierName.NIM: "NIM_API_KEY and NIM_MODEL",
    ClassifierName.COMPATIBLE: "COMPATIBLE_BASE_URL and COMPATIBLE_MODEL",
}
"""The settings without which a model cannot be asked."""


def list_retirements(settings: Settings, today: date) -> list[str]:
    """A sentence for each configured model whose vendor switches it off soon, or has."""
    sentences = (card.retirement(today) for card in configured_models(settings))
    return [sentence for sentence in sentences if sentence]


def warn_of_models(settings: Settings) -> None:
    """Say in the log, at the start, which models end and of which the price is not known."""
    for sentence in list_retirements(settings, utc_now().date()):
        log.warning("model_retires", detail=sentence)
    for card in configured_models(settings):
        if card.price is None:
            log.warning("model_price_unknown", classifier=card.classifier, model=card.name)


def _make_openai(settings: Settings, card: ModelCard, transport: ModelTransport) -> Classifier:
    vendor = OpenAIModels(transport, settings.openai_api_key, settings.openai_base_url)
    caller = _make_caller(settings)
    words = ModelClassifier(AskedModel(card, vendor, caller))
    if settings.openai_api is OpenAIApi.DECISIONS:
        return DecisionClassifier(card, vendor, caller, words)
    return words


def _make_gemini(settings: Settings, card: ModelCard, transport: ModelTransport) -> Classifier:
    vendor = GeminiModels(transport, settings.gemini_api_key, settings.gemini_base_url)
    caller = _make_caller(settings)
    if card.api is not Api.DECISIONS:
        return ModelClassifier(AskedModel(card, vendor, caller))
    explaining = find_card(card.classifier, card.explainer or card.name)
    words = ModelClassifier(AskedModel(explaining, vendor, caller))
    return DecisionClassifier(card, vendor, caller, words)


def _make_nim(settings: Settings, card: ModelCard, transport: ModelTransport) -> Classifier:
    return _make_compatible_with(
        settings, card, transport, settings.nim_api_key, settings.nim_base_url
    )


def _make_compatible(settings: Settings, card: ModelCard, transport: ModelTransport) -> Classifier:
    return _make_compatible_with(
        settings, card, transport, settings.compatible_api_key, settings.compatible_base_url
    )


def _make_compatible_with(
    settings: Settings,
    card: ModelCard,
    transport: ModelTransport,
    key: SecretStr | None,
    base_url: str | None,
) -> Classifier:
    vendor = CompatibleModels(transport, key, base_url)
    return ModelClassifier(AskedModel(card, vendor, _make_caller(settings)))


def _make_caller(settings: Settings) -> Caller:
    """One for each provider: each is known to be up or down by itself."""
    return Caller(Breaker(scale=settings.retry_scale), settings.ai_timeout_seconds)


_MAKERS = {
    ClassifierName.OPENAI: _make_openai,
    ClassifierName.GEMINI: _make_gemini,
    ClassifierName.NIM: _make_nim,
    ClassifierName.COMPATIBLE: _make_compatible,
}
