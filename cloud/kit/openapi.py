"""The API document (OpenAPI 3.1), completed with what the framework cannot know.

That is who may call each operation, which the gates say; how every error looks; and an example of
every body where a reader looks for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cloud.kit.access import Audience, DeclaredRoute

Document = dict[str, Any]

PERSON, COOKIE, DEVICE, METRICS = "accessToken", "sessionCookie", "deviceKey", "metricsToken"

OF_PEOPLE = (PERSON, COOKIE)
CREDENTIALS: Mapping[Audience, Sequence[str]] = {
    Audience.ANYONE: (),
    Audience.DEVICE: (DEVICE,),
    Audience.VIEWER_OR_DEVICE: (*OF_PEOPLE, DEVICE),
    Audience.METRICS: (METRICS, *OF_PEOPLE),
}
"""What lets a caller in, one of them being enough. Whoever is not named here is a person."""

PROBLEM_SCHEMA: Document = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong (RFC 9457). `code` is a stable word for programs.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "One sentence for people."},
        "code": {"type": "string", "pattern": "^[a-z0-9_]+$"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code"],
    "examples": [
        {
            "type": "about:blank",
            "title": "Cannot be understood",
            "status": 422,
            "detail": "The request cannot be understood (name: Field required).",
            "code": "request_malformed",
            "errors": [{"field": "name", "message": "Field required"}],
        }
    ],
}

NULL = {"type": "null"}

FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
"""How the framework thinks that a refused body is answered."""


def complete_document(
    document: Document, routes: Iterable[DeclaredRoute], *, cookie_name: str
) -> Document:
    """Complete the framework's document in place, and give it back."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in FRAMEWORKS_OWN:
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM_SCHEMA
    components["responses"] = {"Problem": _problem_response()}
    components["securitySchemes"] = _security_schemes(cookie_name)
    audiences = {
        (route.path, method.lower()): route.audience for route in routes for method in route.methods
    }
    for path, method, operation in operations(document):
        _complete_operation(operation, audiences[path, method])
        for media in bodies(operation):
            _lift_example(media, schemas)
    return document


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Every operation of a document with its path and its method in lower case."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def bodies(operation: Document) -> Iterator[Document]:
    """The media types of an operation: of its request, then of its own answers."""
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for response in operation["responses"].values():
        yield from response.get("content", {}).values()


def _complete_operation(operation: Document, audience: Audience) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = {"$ref": "#/components/responses/Problem"}
    operation["security"] = [{name: []} for name in CREDENTIALS.get(audience, OF_PEOPLE)]
    operation["x-audience"] = audience.value
    if "description" in operation:
        operation["summary"] = operation["description"].partition("\n")[0].removesuffix(".")


def _lift_example(media: Document, schemas: Mapping[str, Any]) -> None:
    """Programs that show or call the API look for examples beside a schema, not in it."""
    schema = _named(media.get("schema", {}), schemas)
    for example in schema.get("examples", [])[:1]:
        _restore_nulls(example, schema, schemas)
        media.setdefault("example", example)


def _restore_nulls(value: Any, schema: Document, schemas: Mapping[str, Any]) -> None:
    """The framework drops whatever is null from the document, out of examples too."""
    schema = _named(schema, schemas)
    if isinstance(value, list):
        for each in value:
            _restore_nulls(each, schema.get("items", {}), schemas)
    if not isinstance(value, dict):
        return
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if NULL in properties[name].get("anyOf", ()):
            value.setdefault(name, None)
    for name, inner in value.items():
        _restore_nulls(inner, properties.get(name, {}), schemas)


def _named(schema: Document, schemas: Mapping[str, Any]) -> Document:
    """The schema that is meant: behind a reference, or what may be null instead."""
    for each in schema.get("anyOf", ())[:1]:
        return _named(each, schemas)
    found: Document = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return found


def _problem_response() -> Document:
    media = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "example": PROBLEM_SCHEMA["examples"][0],
    }
    return {
        "description": "What went wrong, and the next step.",
        "content": {"application/problem+json": media},
    }


def _security_schemes(cookie_name: str) -> Document:
    return {
        PERSON: {
            "type": "http",
            "scheme": "bearer",
            "description": "A person's access token, from signing in.",
        },
        COOKIE: {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name,
            "description": "A browser's session. Writing also needs a page of the same origin.",
        },
        DEVICE: {"type": "http", "scheme": "bearer", "description": "A device's own key."},
        METRICS: {"type": "http", "scheme": "bearer", "description": "The token for metrics."},
    }
