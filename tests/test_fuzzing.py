"""Every operation of the API asked with whatever its own schemas allow, and with what they do not.

Whatever comes, the answer is one that the document declares, never a fault of ours.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from ipaddress import IPv6Address
from secrets import randbits
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode, Response
from schemathesis.core.result import Ok

from cloud.kit.database import Database
from cloud.kit.settings import Settings
from device.wire import COMMANDS_PATH
from tests.full_organization import make_full_organization
from tests.walking import make_callers

Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]

pytestmark = pytest.mark.walk

SEED = 20_261_122
CASES_OF_EACH_KIND = 2
WITHOUT_END = frozenset(
    {
        "/v1/capture-events/stream",
        "/legacy/v1/capture-events/stream",
        "/legacy/v1/manual-trigger/stream",
        COMMANDS_PATH,
    }
)


@dataclass(frozen=True)
class Aim:
    """What a case is sent with: half of them with ids that are there, else nothing is reached."""

    base_url: str
    person: Mapping[str, str]
    device: Mapping[str, str]
    ids: Mapping[str, str]

    def send(self, session: requests.Session, case: AnyCase, *, known: bool) -> Response:
        if known:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = self.ids.get(name, case.path_parameters[name])
        is_device = case.operation.definition.raw["x-audience"] == "device"
        here = {"X-Forwarded-For": str(IPv6Address(randbits(128)))}
        headers = {**here, **(self.device if is_device else self.person)}
        return case.call(base_url=self.base_url, session=session, headers=headers, timeout=60)


async def test_no_request_is_answered_with_a_fault_of_ours(
    app: FastAPI, base_url: str, database: Database, settings: Settings
) -> None:
    full = await make_full_organization(database, app.state.store, canary=uuid4().hex[:12])
    faults: list[str] = []
    for operation in gentle_first(schemathesis.openapi.from_dict(app.openapi())):
        callers = await make_callers(database, settings, full.organization_id)
        person = callers["platform admin"].headers
        aim = Aim(base_url, person, full.device.headers, asdict(full.ids))
        faults += await asyncio.to_thread(hammer, operation, aim)
    assert faults == []


def gentle_first(schema: BaseSchema) -> list[Operation]:
    """All operations that come to an end; those that take away what others need come last."""
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    ending = [operation for operation in found if operation.path not in WITHOUT_END]
    return sorted(ending, key=lambda operation: operation.method == "delete")


def hammer(operation: Operation, aim: Aim) -> list[str]:
    faults: list[str] = []
    with requests.Session() as session:
        for mode in GenerationMode:

            @hypothesis.seed(SEED)
            @hypothesis.settings(
                max_examples=CASES_OF_EACH_KIND,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(
                case=operation.as_strategy(generation_mode=mode),
                known=hypothesis.strategies.booleans(),
            )
            def ask(case: AnyCase, known: bool) -> None:  # noqa: FBT001  # drawn
                response = aim.send(session, case, known=known)
                if response.status_code >= 500:
                    faults.append(f"{case.as_curl_command()}: {response.text[:200]}")

            with suppress(Unsatisfiable):  # what takes nothing in cannot be asked wrongly
                ask()
    return faults
