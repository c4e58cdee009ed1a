"""What a person would do in the browser, done through the same addresses of the API."""

import json
import re
import time
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any, Self

import httpx2

EMAIL = "demo@visant.example"
PASSWORD = "three quiet cameras"  # noqa: S105  # of a demonstration that is gone afterwards

VERIFY_LINK = re.compile(r"/verify-email\?token=([\w-]+)")
MAIL_SECONDS = 30


@dataclass(frozen=True)
class Camera:
    """An activated camera, and the file that holds its key."""

    name: str
    device_id: str
    key_file: Path


class Operator:
    """Somebody who runs this installation and watches a few cameras."""

    def __init__(self, url: str, folder: Path) -> None:
        self._folder = folder
        self.url = url
        self._client = httpx2.Client(base_url=url, timeout=30)
        self._signed_in_at = 0.0
        self._refresh_token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._client.close()

    def sign_up(self) -> None:
        """Make an organization, and follow the link in the mail that confirms the address."""
        self._keep(
            self._call(
                "POST",
                "/v1/auth/signup",
                {"email": EMAIL, "password": PASSWORD, "name": "Demo Operator"},
            )
        )
        self._call("PATCH", "/v1/organization", {"name": "Demo workshop"})
        self._call("POST", "/v1/auth/verify-email", {"token": self._mailed_token()})

    def add_camera(self, name: str, description: str) -> Camera:
        """Make a unit, activate it, and say what normal looks like."""
        made = self._call("POST", "/v1/admin/devices", {"quantity": 1, "batch_id": "demo"})
        device_id = str(made["device_ids"][0])
        answer = self._call(
            "POST", "/v1/devices/activate", {"device_id": device_id, "friendly_name": name}
        )
        self._call("POST", f"/v1/devices/{device_id}/descriptions", {"text": description})
        key_file = self._folder / f"{device_id}.json"
        key = {"device_id": device_id, "device_key": answer["device_key"], "api_url": self.url}
        key_file.write_text(json.dumps(key))
        key_file.chmod(0o600)
        return Camera(name, device_id, key_file)

    def share(self, device_id: str) -> dict[str, Any]:
        """Share a camera with whoever has the link: its `id` and its `token`."""
        body = {"share_type": "device", "label": "For the neighbours"}
        return self._call("POST", f"/v1/devices/{device_id}/share", body)

    def gallery(self, token: str) -> list[dict[str, Any]]:
        """The captures that a share link shows."""
        captures: list[dict[str, Any]] = self._call("GET", f"/api/s/{token}")["captures"]
        return captures

    def make_code(self) -> str:
        """Issue an activation code that gives a free month."""
        body = {"description": "A month for a fair", "benefit_type": "free_months"}
        made = self._call("POST", "/v1/admin/activation-codes", {**body, "benefit_value": 1})
        return str(made["code"])

    def set_interval(self, camera: Camera, seconds: float) -> None:
        """How often pictures are due, as the cloud's configuration has it."""
        config = {"trigger": {"interval_seconds": seconds}}
        self._call("PUT", f"/v1/devices/{camera.device_id}/config", config)

    def captures(self, camera: Camera) -> list[dict[str, Any]]:
        """All captures of a camera, oldest first."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query = {"device_id": camera.device_id, "limit": 200}
            page = self._call("GET", "/v1/captures", query={**query, **_given(cursor)})
            found += page["captures"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found[::-1]

    def latest_captures(self, camera: Camera) -> list[dict[str, Any]]:
        """The newest captures of a camera, oldest first."""
        query = {"device_id": camera.device_id, "limit": 50}
        captures: list[dict[str, Any]] = self._call("GET", "/v1/captures", query=query)["captures"]
        return captures[::-1]

    def call_normal(self, record_ids: list[str]) -> None:
        """Say of captures that they show what is normal."""
        body = {"record_ids": record_ids, "verdict": "normal"}
        self._call("PUT", "/v1/captures/dispositions", body)

    def incidents(self) -> list[dict[str, Any]]:
        incidents: list[dict[str, Any]] = self._call("GET", "/v1/incidents")["incidents"]
        return incidents

    def deliveries(self) -> list[dict[str, Any]]:
        """All messages of the organization, newest first."""
        deliveries: list[dict[str, Any]] = self._call(
            "GET", "/v1/deliveries", query={"limit": 200}
        )["deliveries"]
        return deliveries

    def image(self, record_id: str) -> bytes:
        """The full picture of a capture."""
        answer = self._client.get(f"/v1/captures/{record_id}/image")
        return bytes(answer.content) if answer.is_success else b""

    def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        query: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        self._stay_signed_in()
        answer = self._client.request(method, path, json=body, params=query)
        if answer.is_error:
            raise SystemExit(
                f"{method} {path} was answered with {answer.status_code}: {answer.text}"
            )
        return dict(answer.json()) if answer.content else {}

    def _stay_signed_in(self) -> None:
        """Exchange the refresh token before the access token has run out."""
        if self._refresh_token and time.monotonic() - self._signed_in_at > 600:  # noqa: PLR2004  # of its 900
            token, self._refresh_token = self._refresh_token, ""
            self._keep(self._call("POST", "/v1/auth/refresh", {"refresh_token": token}))

    def _keep(self, tokens: dict[str, Any]) -> None:
        self._client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        self._refresh_token = tokens["refresh_token"]
        self._signed_in_at = time.monotonic()

    def _mailed_token(self) -> str:
        """The token in the link of the mail, which development keeps as a file."""
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            for path in sorted((self._folder / "mailbox").glob("*.eml")):
                mail = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
                part = mail.get_body(("plain",))
                found = VERIFY_LINK.search(part.get_content()) if part else None
                if found:
                    return found[1]
            time.sleep(0.1)
        raise SystemExit("The mail that confirms the address did not come.")


def _given(cursor: str | None) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}
