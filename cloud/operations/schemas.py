"""The bodies about an organization as a whole."""

from typing import Annotated

from pydantic import ConfigDict

from cloud.kit.bodies import Body, OneLine


class EndingBody(Body):
    """The organization's name, typed to be sure."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Harbour Labs"}]})

    name: Annotated[str, OneLine(at_least=1, at_most=100)]
