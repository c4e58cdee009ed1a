"""The operator of a development server: makes the cameras a fleet lacks, and asks for pictures.

Who that is comes from the environment, never from the command line.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import httpx2

from device import wire
from device.flags import SettingsError
from device.identity import Identity

EMAIL_VARIABLE: Final = "VISANT_OPERATOR_EMAIL"
PASSWORD_VARIABLE: Final = "VISANT_OPERATOR_PASSWORD"  # noqa: S105 - the variable's name
NORMAL: Final = "A workbench with its tools in their places; nothing else lies on it."
SECONDS: Final = 30.0
UNAUTHENTICATED: Final = 401
TOO_MANY: Final = 429


class OperatorError(Exception):
    """What the operator was refused, in one sentence."""


@dataclass(frozen=True)
class Credentials:
    """An account of the server. The password never shows when this is printed."""

    email: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Asked:
    """A picture that was asked for: by which trigger, and whether the camera listened."""

    trigger_id: str
    connected: bool


def read_credentials(environment: Mapping[str, str]) -> Credentials | None:
    """None where there are none. Raises SettingsError where there is only half of it."""
    email, password = environment.get(EMAIL_VARIABLE), environment.get(PASSWORD_VARIABLE)
    if not email and not password:
        return None
    if not email or not password:
        raise SettingsError(f"Set both {EMAIL_VARIABLE} and {PASSWORD_VARIABLE}, or neither.")
    return Credentials(email, password)


class Operator:
    """Signs in when it first has something to do, and again when the sign-in has ended."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        self._url = url
        self._credentials = credentials
        self._client = httpx2.AsyncClient(base_url=url, timeout=SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_raised: object) -> None:
        await self._client.aclose()

    async def add_cameras(self, count: int) -> AsyncIterator[Identity]:
        """Make units, and activate them one by one at the pace that the server allows.

        Raises OperatorError: for the making of units, the account must be a platform admin's.
        """
        made = await self._call(
            "POST", "/v1/admin/devices", {"quantity": count, "batch_id": "simulated"}
        )
        code = await self._call(
            "POST",
            "/v1/admin/activation-codes",
            {
                "description": "Slots for simulated cameras",
                "benefit_type": "device_slots",
                "benefit_value": count,
                "max_uses": 1,
            },
        )
        for place, device_id in enumerate(made["device_ids"]):
            body = {"device_id": device_id, "friendly_name": f"Simulated {device_id}"}
            if place == 0:
                body["activation_code"] = code["code"]
            answer = await self._call("POST", "/v1/devices/activate", body)
            yield Identity(self._url, device_id, answer["device_key"])
            await self._call("POST", f"/v1/devices/{device_id}/descriptions", {"text": NORMAL})

    async def ask(self, device_id: str) -> Asked:
        """Ask a camera for a picture. Raises OperatorError, also while the server is away."""
        said = await self._call("POST", f"/v1/devices/{device_id}/trigger", patient=False)
        return Asked(str(said["trigger_id"]), said["connected"] is True)

    async def _sign_in(self) -> None:
        credentials = self._credentials
        body = {"email": credentials.email, "password": credentials.password}
        answer = await self._send("POST", "/v1/auth/login", body)
        if not answer.is_success:
            raise OperatorError(f"The operator could not sign in: {_detail(answer)}")
        token = answer.json()["access_token"]
        self._client.headers[wire.AUTHORIZATION_HEADER] = f"{wire.BEARER} {token}"

    async def _call(
        self, method: str, path: str, body: object = None, *, patient: bool = True
    ) -> dict[str, Any]:
        answer = await self._send(method, path, body)
        if answer.status_code == UNAUTHENTICATED:
            await self._sign_in()
            answer = await self._send(method, path, body)
        while patient and answer.status_code == TOO_MANY:
            await asyncio.sleep(float(answer.headers.get(wire.RETRY_AFTER_HEADER, 1)))
            answer = await self._send(method, path, body)
        if not answer.is_success:
            raise OperatorError(f"{method} {path} was refused: {_detail(answer)}")
        return dict(answer.json())

    async def _send(self, method: str, path: str, body: object) -> httpx2.Response:
        try:
            return await self._client.request(method, path, json=body)
        except httpx2.HTTPError as error:
            why = str(error) or type(error).__name__
            raise OperatorError(f"Visant cannot be reached at {self._url}: {why}.") from error


def _detail(answer: httpx2.Response) -> str:
    try:
        said = json.loads(answer.content)
    except ValueError:
        said = None
    detail = said.get("detail") if isinstance(said, dict) else None
    return str(detail or f"status {answer.status_code}")
