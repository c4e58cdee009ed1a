"""The API document as a judge: is an answer of the running application what the document says?"""

import copy
import re
from typing import Any

import httpx2
import jsonschema_rs
from fastapi import FastAPI

from cloud.kit.openapi import Document, operations

Operation = tuple[str, str]
"""A path as the document writes it, and a method in lower case."""

PROBLEM = "application/problem+json"


class ApiDocument:
    """Reads the document strictly: what it does not declare must not be in an answer."""

    def __init__(self, app: FastAPI) -> None:
        self.document: Document = app.openapi()
        self.operations = {
            (path, method): operation for path, method, operation in operations(self.document)
        }
        self._strict = strict(self.document["components"])

    def find(self, method: str, path: str) -> Operation:
        """The operation that a request is; a path without places wins over one with."""
        for template, known in sorted(self.operations, key=lambda each: each[0].count("{")):
            pattern = re.sub(r"{\w+}", "[^/]+", template)
            if known == method.lower() and re.fullmatch(pattern, path):
                return template, known
        raise AssertionError(f"{method} {path} is not in the API document")

    def faults_of(self, operation: Operation, response: httpx2.Response) -> list[str]:
        """Where an answer differs from what is declared."""
        declared = self.operations[operation]["responses"]
        known = declared.get(str(response.status_code))
        if known is None:
            if response.status_code < 400:
                return [f"{response.status_code} is not declared"]
            known = self.document["components"]["responses"]["Problem"]
        content = known.get("content", {})
        media = response.headers.get("content-type", "").partition(";")[0]
        if not response.content:
            return [] if not content else ["the answer is empty"]
        if media not in content:
            return [f"{media} is not declared"]
        if not media.endswith("json"):
            return []
        return self.faults(content[media]["schema"], response.json())

    def faults(self, schema: Document, value: Any) -> list[str]:
        """Where a value differs from a schema."""
        validator = jsonschema_rs.Draft202012Validator(
            {**schema, "components": self._strict}, validate_formats=True
        )
        return [f"{each.instance_path}: {each.message}" for each in validator.iter_errors(value)]


def strict(components: Document) -> Document:
    """The components with closed objects."""
    closed = copy.deepcopy(components)
    waiting: list[Any] = [closed["schemas"]]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(each.values())
            if isinstance(each.get("properties"), dict) and each.get("type") == "object":
                each.setdefault("additionalProperties", False)
        elif isinstance(each, list):
            waiting.extend(each)
    return closed
