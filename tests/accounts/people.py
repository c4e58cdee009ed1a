"""Somebody who signs up over HTTP, and what they get."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2

PASSWORD = "kettle lantern orchard"
OTHER_PASSWORD = "violin teapot meadow"


@dataclass(frozen=True)
class SignedUp:
    email: str
    user_id: UUID
    organization_id: UUID
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.access_token)


def fresh_email() -> str:
    return f"{uuid4().hex[:12]}@example.test"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def sign_up(client: httpx2.AsyncClient, *, email: str | None = None) -> SignedUp:
    email = email or fresh_email()
    answer = await client.post("/v1/auth/signup", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    document = answer.json()
    return SignedUp(
        email=document["user"]["email"],
        user_id=UUID(document["user"]["id"]),
        organization_id=UUID(document["organization"]["id"]),
        access_token=document["access_token"],
        refresh_token=document["refresh_token"],
    )


async def log_in(
    client: httpx2.AsyncClient, email: str, password: str = PASSWORD
) -> httpx2.Response:
    return await client.post("/v1/auth/login", json={"email": email, "password": password})


async def refresh(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post("/v1/auth/refresh", json={"refresh_token": token})


async def is_signed_in(client: httpx2.AsyncClient, token: str) -> bool:
    answer = await client.get("/v1/auth/me", headers=bearer(token))
    return answer.status_code == 200


def code_of(answer: httpx2.Response) -> Any:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["code"]
