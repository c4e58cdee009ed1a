"""The one family of errors that people and programs outside may see (RFC 9457 problem details).

Anything that goes wrong in a way the caller should hear of is raised as one of these; it is
rendered in one place (`cloud.kit.problems`). `code` is a stable snake_case word for programs,
`detail` one plain sentence for people that says the next step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One field of a request that cannot be taken, and why."""

    field: str
    message: str


class Problem(Exception):
    """Something the caller hears of. Subclasses fix the status; raise those."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after: float | None = None,
        headers: dict[str, str] | None = None,
        figures: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after
        self.headers = headers or {}
        self.figures = figures or {}
        """Further members of the answer, for programs (RFC 9457, section 3.2)."""


class Unauthenticated(Problem):
    status = 401
    title = "Who are you?"


class PaymentRequired(Problem):
    status = 402
    title = "Nothing left of what this needs"


class Forbidden(Problem):
    status = 403
    title = "Not allowed"


class NotFound(Problem):
    """Missing, or another organization's: the answer must not differ."""

    status = 404
    title = "Not found"


class Conflict(Problem):
    status = 409
    title = "Conflict"


class Gone(Problem):
    status = 410
    title = "No longer there"


class PreconditionFailed(Problem):
    status = 412
    title = "Changed meanwhile"


class TooLarge(Problem):
    status = 413
    title = "Too large"


class UnsupportedMedia(Problem):
    status = 415
    title = "Not a supported kind of file"


class Malformed(Problem):
    status = 422
    title = "Cannot be understood"


class PreconditionRequired(Problem):
    status = 428
    title = "Say which version you changed"


class TooManyRequests(Problem):
    status = 429
    title = "Too many requests"


class Unavailable(Problem):
    status = 503
    title = "Not available right now"


class StorageFull(Problem):
    status = 507
    title = "Storage is full"
