"""E-mail addresses: how they must look, and the one way each is written (lower case, ASCII).

Nothing is asked of the network: whether an address is somebody's is known once a mailed link came
back. Names that only a local network knows (`anna@nas.local`) are taken as well.
"""

from typing import Annotated, Any

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

LONGEST_ADDRESS = 254
"""RFC 5321: a path of 256 octets, with its angle brackets."""


OF_LOCAL_NETWORKS = frozenset({"local", "localhost", "test"})
SPECIAL_USE_DOMAIN_NAMES[:] = [  # the library's own way of taking names that it refuses
    name for name in SPECIAL_USE_DOMAIN_NAMES if name not in OF_LOCAL_NETWORKS
]


def normalize_email(text: str) -> str:
    """The address as it is stored and compared. Raises ValueError with a sentence for people."""
    try:
        valid = validate_email(
            text,
            check_deliverability=False,
            globally_deliverable=False,
            allow_smtputf8=False,
            strict=True,
        )
    except EmailNotValidError:
        raise ValueError(NOT_AN_ADDRESS) from None
    if valid.ascii_email is None or not _has_a_full_host(valid.ascii_domain):
        raise ValueError(NOT_AN_ADDRESS)
    return valid.ascii_email.lower()


def _has_a_full_host(domain: str) -> bool:
    return "." in domain or domain == "localhost"


NOT_AN_ADDRESS = "This is not an e-mail address. It looks like name@example.com."


class _EmailFormat:
    """Says `format: email` in the OpenAPI document."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(schema) | {"format": "email"}


EmailAddress = Annotated[
    str, Field(max_length=LONGEST_ADDRESS), AfterValidator(normalize_email), _EmailFormat()
]
