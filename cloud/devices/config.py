"""The config document: how a camera takes pictures and how they are judged, section by section.

Every value has a default and a range. What the camera itself uses comes from the wire contract. A
row keeps only what the operator changed; `read_config` fills in the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from cloud.kit.bodies import Body
from cloud.kit.settings import Settings
from device import wire


class ClassifierName(StrEnum):
    """Who can judge a picture."""

    BASELINE = "baseline"
    OPENAI = "openai"
    GEMINI = "gemini"
    NIM = "nim"
    COMPATIBLE = "compatible"


class WhenIncomplete(StrEnum):
    """What happens when only one of two classifiers that must agree gave an answer."""

    ACCEPT = "accept"
    WAIT = "wait"


@dataclass(frozen=True)
class Within:
    """Marks a number and says its whole range in the message, both ends included."""

    low: float
    high: float

    @classmethod
    def of(cls, allowed: wire.Range) -> "Within":
        return cls(allowed.low, allowed.high)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        kinds = int if source is int else (int, float)
        words = "a whole number" if source is int else "a number"
        sentence = f"must be {words} from {self.low:g} to {self.high:g}"

        def check(value: Any) -> Any:
            is_number = isinstance(value, kinds) and not isinstance(value, bool)
            if not is_number or not self.low <= value <= self.high:
                raise ValueError(sentence)
            return value

        return core_schema.no_info_before_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "minimum": self.low, "maximum": self.high}


Fraction = Annotated[float, Within(0, 1)]
Point = tuple[Fraction, Fraction]
Mask = Annotated[list[Point], Field(min_length=3, max_length=64)]
"""A polygon, in fractions of the picture's width and height."""

CAPTURE, TRIGGER, HEARTBEAT = wire.CaptureConfig(), wire.TriggerConfig(), wire.HeartbeatConfig()


class Section(Body):
    """A part of the document.

    It does not change: so a default need not be copied for each of the many documents of a page.
    """

    model_config = ConfigDict(frozen=True)


class CaptureSection(Section):
    """How a picture is taken: pixels, JPEG quality, seconds for the exposure to settle."""

    width: Annotated[int, Within.of(wire.WIDTH)] = CAPTURE.width
    height: Annotated[int, Within.of(wire.HEIGHT)] = CAPTURE.height
    quality: Annotated[int, Within.of(wire.QUALITY)] = CAPTURE.quality
    warmup: Annotated[float, Within.of(wire.WARMUP)] = CAPTURE.warmup


class TriggerSection(Section):
    """When the camera takes one by itself."""

    enabled: bool = TRIGGER.enabled
    interval_seconds: Annotated[float, Within.of(wire.TRIGGER_INTERVAL)] = TRIGGER.interval_seconds
    digital_input_enabled: bool = TRIGGER.digital_input_enabled


class EvaluationSection(Section):
    """Who judges, and how sure a verdict must be to count as one.

    With `consensus`, `classifier` and `secondary` are both asked and must agree; `when_incomplete`
    says whether the verdict of one is accepted, marked so, where the other gave no answer, or the
    capture waits until both did. `fallback` is asked in place of one that gives no answer.
    `examples`: how many pictures that the operator called normal or abnormal a model is shown
    beside each one, at most.
    """

    classifier: ClassifierName = ClassifierName.BASELINE
    secondary: ClassifierName | None = None
    consensus: bool = False
    when_incomplete: WhenIncomplete = WhenIncomplete.ACCEPT
    fallback: ClassifierName | None = None
    min_confidence: Annotated[float, Within(0, 1)] = 0.5
    examples: Annotated[int, Within(0, 8)] = 0


class SimilaritySection(Section):
    """When a verdict may be used again for a picture that is nearly the same."""

    enabled: bool = False
    max_distance: Annotated[int, Within(0, 64)] = 3
    expires_minutes: Annotated[int, Within(1, 1440)] = 60


class DedupeSection(Section):
    """Which of many equal pictures are kept: after `threshold` of them one in `keep_every`."""

    enabled: bool = False
    threshold: Annotated[int, Within(1, 1000)] = 3
    keep_every: Annotated[int, Within(1, 1000)] = 5


class StreakSection(Section):
    """Which pictures of a long normal streak are kept."""

    enabled: bool = False
    threshold: Annotated[int, Within(1, 1000)] = 10
    keep_every: Annotated[int, Within(1, 1000)] = 5


class AlertingSection(Section):
    """An incident opens at `open_after` abnormal of the last `of`, closes after normal ones."""

    open_after: Annotated[int, Within(1, 20)] = 1
    of: Annotated[int, Within(1, 20)] = 1
    close_after: Annotated[int, Within(1, 20)] = 2


class HeartbeatSection(Section):
    """How often the camera says that it is alive."""

    interval_seconds: Annotated[float, Within.of(wire.HEARTBEAT_INTERVAL)] = (
        HEARTBEAT.interval_seconds
    )


class PrivacySection(Section):
    """What of the picture nobody is to see."""

    masks: Annotated[tuple[Mask, ...], Field(max_length=32)] = ()


class ConfigDocument(Body):
    """The whole document. In a request, whatever is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "capture": {"width": 1280, "height": 720, "quality": 85},
                    "trigger": {"interval_seconds": 300},
                    "evaluation": {"classifier": "baseline"},
                    "alerting": {"open_after": 2, "of": 3},
                }
            ]
        }
    )

    capture: CaptureSection = CaptureSection()
    trigger: TriggerSection = TriggerSection()
    evaluation: EvaluationSection = EvaluationSection()
    similarity: SimilaritySection = SimilaritySection()
    dedupe: DedupeSection = DedupeSection()
    streak: StreakSection = StreakSection()
    alerting: AlertingSection = AlertingSection()
    heartbeat: HeartbeatSection = HeartbeatSection()
    privacy: PrivacySection = PrivacySection()
    digital_output_enabled: bool = False


def default_classifier(settings: Settings) -> ClassifierName:
    """Who judges where the operator has not said: a model if there is a key, else the baseline."""
    return ClassifierName.OPENAI if settings.openai_api_key else ClassifierName.BASELINE


def read_config(stored: Mapping[str, Any], settings: Settings) -> ConfigDocument:
    """The document in force, of what a device's row keeps."""
    evaluation = {"classifier": default_classifier(settings), **stored.get("evaluation", {})}
    return ConfigDocument.model_validate({**stored, "evaluation": evaluation})


def read_trigger(stored: Mapping[str, Any]) -> TriggerSection:
    """When the camera takes pictures by itself, of what a device's row keeps."""
    return TriggerSection.model_validate(stored.get("trigger", {}))


def read_heartbeat_interval(stored: Mapping[str, Any]) -> float:
    """Seconds between two heartbeats, of what a device's row keeps."""
    return HeartbeatSection.model_validate(stored.get("heartbeat", {})).interval_seconds


def read_masks(stored: Mapping[str, Any]) -> tuple[wire.Mask, ...]:
    """The privacy masks in force, of what a device's row keeps."""
    section = PrivacySection.model_validate(stored.get("privacy", {}))
    return tuple(tuple(mask) for mask in section.masks)


def merge_config(stored: Mapping[str, Any], changes: ConfigDocument) -> dict[str, Any]:
    """What a row keeps after a change: fields that were sent replace those of their section."""
    merged = dict(stored)
    for name, value in changes.model_dump(mode="json", exclude_unset=True).items():
        merged[name] = {**merged.get(name, {}), **value} if isinstance(value, dict) else value
    return merged
