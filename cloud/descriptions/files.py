"""Files that somebody wrote a description in: read strictly, kept in order, put together."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

from fastapi import UploadFile

from cloud.descriptions.schemas import LONGEST_DESCRIPTION, MOST_FILES
from cloud.kit.bodies import UNSTORABLE, clean_line, clean_text
from cloud.kit.errors import FieldError, Malformed, TooLarge, UnsupportedMedia

ENDINGS = frozenset({".md", ".markdown", ".txt"})
LONGEST_NAME = 100
MOST_BYTES = 4 * LONGEST_DESCRIPTION
"""No text of the longest length takes more in UTF-8."""


@dataclass(frozen=True)
class DescriptionFile:
    """One file's name, without any folder, and its text."""

    name: str
    text: str

    def as_row(self) -> dict[str, str]:
        """The file as the version's row keeps it."""
        return asdict(self)


async def read_uploads(uploads: Sequence[UploadFile]) -> tuple[DescriptionFile, ...]:
    """The uploaded files in the order in which they were sent.

    Raises UnsupportedMedia for what is neither Markdown nor plain text by its name, Malformed for
    none or too many, and for what is not UTF-8, holds a NUL or says nothing, and TooLarge for more
    than a description holds.
    """
    if not 1 <= len(uploads) <= MOST_FILES:
        raise _unreadable(f"Send one to {MOST_FILES} files.")
    files = tuple([await _read(upload) for upload in uploads])
    if len(combine(files)) > LONGEST_DESCRIPTION:
        raise _too_large()
    return files


def combine(files: Sequence[DescriptionFile]) -> str:
    """The one text that several files are to a classifier."""
    return "\n\n".join(file.text for file in files)


def pick_file(rows: Sequence[dict[str, Any]], place: int) -> DescriptionFile | None:
    """The file at a place in the order, counted from 1; None where there is none."""
    return DescriptionFile(**rows[place - 1]) if place <= len(rows) else None


async def _read(upload: UploadFile) -> DescriptionFile:
    name = _clean_name(upload.filename or "")
    if PurePosixPath(name).suffix.lower() not in ENDINGS:
        raise UnsupportedMedia(
            "description_file_unsupported",
            f"{name or 'A file without a name'} is not taken: send Markdown (.md) or text (.txt).",
        )
    content = await upload.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _too_large()
    return DescriptionFile(name, _decode(name, content))


def _decode(name: str, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(f"The file {name} is not UTF-8 text.") from None
    if UNSTORABLE.search(text):
        raise _unreadable(f"The file {name} holds a NUL character.")
    cleaned = str(clean_text(text)).strip()
    if not cleaned:
        raise _unreadable(f"The file {name} is empty.")
    return cleaned


def _clean_name(sent: str) -> str:
    """The last part of whatever path a browser or a script has sent."""
    name = str(clean_line(UNSTORABLE.sub("", sent))).replace("\\", "/").rpartition("/")[2].strip()
    return name[-LONGEST_NAME:]


def _unreadable(sentence: str) -> Malformed:
    return Malformed(
        "description_file_unreadable", sentence, errors=(FieldError("files", sentence),)
    )


def _too_large() -> TooLarge:
    return TooLarge(
        "description_too_large",
        f"A description holds at most {LONGEST_DESCRIPTION:,} characters, all files together.",
    )
