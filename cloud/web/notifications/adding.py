"""A channel as the forms name it: read, checked, and what is wrong with it at its field."""

import re

from cloud.alerts.choosing import read_channels
from cloud.alerts.notification_schemas import KINDS, AnyChannel
from cloud.alerts.recipients import Destination
from cloud.kit.errors import FieldError, Malformed, Problem
from cloud.web.forms import Form, validate
from cloud.web.framing import Sheet

FIELDS = {
    "email": {"to": "to"},
    "webhook": {"url": "webhook_url", "secret": "secret"},
    "apprise": {"url": "apprise_url"},
}
"""By which fields of the form each kind is named: a field of the API, and the form's."""

IN_LIST = re.compile(r"channels\.0\.")


async def read_channel(form: Form, sheet: Sheet, prefix: str = "") -> Destination:
    """The channel that a form names by fields of this prefix. Raises Malformed."""
    kind = form.text(f"{prefix}kind")
    if kind not in FIELDS:
        wrong = FieldError("kind", "Choose e-mail, a webhook, or a chat or phone.")
        raise Malformed("form_malformed", wrong.message, errors=(wrong,))
    typed = {name: form.text(prefix + field) for name, field in FIELDS[kind].items()}
    given = {"kind": kind, **{name: text for name, text in typed.items() if text}}
    channel: AnyChannel = validate(KINDS[kind], given)
    (destination,) = await read_channels([channel], sheet.settings, known=frozenset())
    return destination


def at_fields(problem: Problem, kind: str, prefix: str = "") -> Problem:
    """The same problem, its errors at the fields of the form."""
    if not isinstance(problem, Malformed):
        return problem
    fields = FIELDS.get(kind, {})
    errors = []
    for one in problem.errors:
        name = IN_LIST.sub("", one.field)
        field = fields.get(name, name)
        errors.append(
            FieldError(field if field.startswith(prefix) else prefix + field, one.message)
        )
    return Malformed(problem.code, problem.detail, errors=tuple(errors))
