"""What an address may not hold: a character that no text in the database can."""

import httpx2
import pytest

from cloud.kit.database import Database
from tests.factories import make_user, signed_in

PATHS = (
    "/v1/captures?q=%00",
    "/v1/captures?trigger_label=a%00b",
    "/v1/captures?device_id=%00",
    "/v1/captures?%00=1",
    "/v1/incidents?device_id=%00",
    "/v1/devices?cursor=%00",
    "/v1/capture-events/stream?device_id=%00",
    "/ui?state=%00",
)


@pytest.mark.parametrize("path", PATHS)
async def test_a_nul_in_a_query_is_refused(database: Database, base_url: str, path: str) -> None:
    async with signed_in(base_url, await make_user(database)) as client:
        answer = await client.get(path)
    assert answer.status_code == 422
    assert answer.json()["code"] == "request_malformed"
    assert answer.json()["errors"][0]["message"] == "holds a character that cannot be stored"


@pytest.mark.parametrize("path", ["/v1/devices/a%00b", "/v1/captures/%00", "/v1/%00"])
async def test_a_nul_in_a_path_leads_nowhere(
    client: httpx2.AsyncClient, database: Database, path: str
) -> None:
    answer = await client.get(path, headers=(await make_user(database)).headers)
    assert answer.status_code == 404
