"""How often verdicts are wrong, from incidents and from the sample that was looked at."""

from datetime import timedelta

import httpx2
import pytest

from cloud.alerts.models import Incident, IncidentCapture, IncidentKind, ResolvedAs
from cloud.captures.models import Capture, DispositionVerdict, State
from cloud.evaluation.models import SampledVerdict
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from cloud.watch.error_rates import SPAN, Rate, measure_errors, wilson
from tests.devices.arranging import Signed, owner_of
from tests.factories import SomeDevice, make_capture, make_device, make_organization

NORMAL, ABNORMAL = DispositionVerdict.NORMAL, DispositionVerdict.ABNORMAL
UNCLEAR = DispositionVerdict.UNCLEAR


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1)],
)
def test_the_interval_is_wilsons(count: int, n: int, low: float, high: float) -> None:
    assert wilson(count, n) == pytest.approx((low, high), abs=0.0001)


def test_of_nothing_no_share_is_told() -> None:
    assert Rate.of(0, 0) == Rate(0, 0, None, None, None)


@pytest.fixture
async def device(database: Database) -> SomeDevice:
    return await make_device(database, await make_organization(database))


async def sample(
    database: Database,
    device: SomeDevice,
    said: DispositionVerdict | None,
    *,
    days_ago: int = 0,
) -> None:
    capture = await make_capture(database, device, state=State.NORMAL, disposition=said)
    async with database.work_for(device.organization_id) as work:
        work.add(
            SampledVerdict(
                organization_id=device.organization_id,
                device_id=device.device_id,
                capture_id=capture.id,
                sampled_at=utc_now() - timedelta(days=days_ago),
                rate=0.01,
            )
        )


async def open_incident(
    database: Database,
    device: SomeDevice,
    resolved_as: ResolvedAs | None,
    *said: DispositionVerdict | None,
    kind: IncidentKind = IncidentKind.ABNORMAL,
) -> None:
    captures: list[Capture] = [
        await make_capture(database, device, state=State.ABNORMAL, disposition=one) for one in said
    ]
    own = {"organization_id": device.organization_id}
    incident_id = new_id()
    async with database.work_for(device.organization_id) as work:
        work.add(
            Incident(
                id=incident_id,
                **own,
                device_id=device.device_id,
                unit_id=device.unit_id,
                kind=kind,
                state="resolved",
                opened_at=utc_now(),
                resolved_as=resolved_as,
            )
        )
        await work.flush()
        for capture in captures:
            work.add(IncidentCapture(**own, incident_id=incident_id, capture_id=capture.id))


async def test_misses_are_counted_only_in_the_sample_that_was_looked_at(
    database: Database, device: SomeDevice
) -> None:
    for said in (NORMAL, NORMAL, NORMAL, ABNORMAL, UNCLEAR, None):
        await sample(database, device, said)
    await sample(database, device, ABNORMAL, days_ago=SPAN.days + 1)
    await make_capture(database, device, state=State.NORMAL, disposition=ABNORMAL)
    async with database.work_for(device.organization_id) as work:
        rates = await measure_errors(work, device.device_id, now=utc_now())
    assert rates.misses == Rate.of(1, 4)
    assert rates.misses.share == 0.25
    assert rates.sampled == 6


async def test_an_incident_is_false_by_how_it_was_resolved_or_by_what_was_said_of_its_captures(
    database: Database, device: SomeDevice
) -> None:
    await open_incident(database, device, ResolvedAs.REAL, NORMAL)
    await open_incident(database, device, ResolvedAs.FALSE_ALARM)
    await open_incident(database, device, ResolvedAs.RECOVERED, NORMAL, None)
    await open_incident(database, device, None, NORMAL, ABNORMAL)
    await open_incident(database, device, ResolvedAs.RECOVERED, None)
    await open_incident(database, device, ResolvedAs.RECOVERED, UNCLEAR)
    await open_incident(database, device, ResolvedAs.REAL, kind=IncidentKind.OFFLINE)
    async with database.work_for(device.organization_id) as work:
        rates = await measure_errors(work, device.device_id, now=utc_now())
    assert rates.false_alarms == Rate.of(2, 4)


async def test_the_api_tells_them_and_not_those_of_others(
    database: Database, base_url: str, device: SomeDevice
) -> None:
    async with owner_of(database, base_url) as owner:
        mine = await make_device(database, owner.someone.organization_id)
        await sample(database, mine, NORMAL)
        answer = (await read(owner, mine)).json()
        assert (answer["misses"]["count"], answer["misses"]["n"]) == (0, 1)
        assert answer["false_alarms"] == vars(Rate.of(0, 0))
        assert (answer["sampled"], answer["sample_rate"]) == (1, 0.01)
        assert (await read(owner, device)).status_code == 404


async def read(owner: Signed, device: SomeDevice) -> httpx2.Response:
    return await owner.client.get(f"/v1/devices/{device.unit_id}/error-rates")
