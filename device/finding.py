"""What a check of the doctor found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A check's name and outcome; the sentence says the next step where something is wrong."""

    name: str
    is_well: bool
    sentence: str
