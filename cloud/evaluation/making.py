"""Which classifiers this installation has: the baseline always, others where there is a key."""

from cloud.devices.config import ClassifierName
from cloud.evaluation.baseline_classifier import BaselineClassifier
from cloud.evaluation.classifier import Classifier
from cloud.evaluation.openai_classifier import OpenAIClassifier
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.storage.store import Store


def make_classifiers(
    settings: Settings, database: Database, store: Store
) -> dict[ClassifierName, Classifier]:
    classifiers: dict[ClassifierName, Classifier] = {
        ClassifierName.BASELINE: BaselineClassifier(database, store)
    }
    if settings.openai_api_key is not None:
        classifiers[ClassifierName.OPENAI] = OpenAIClassifier(settings)
    return classifiers
