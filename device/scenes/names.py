"""The names of the drawn scenes, apart from the drawing, so that flags are checked quickly."""

from typing import Final

SCENES: Final = ("workbench", "shelf", "yard")
