"""One thing done for each organization, each on its own."""

from uuid import UUID

from cloud.kit.ids import new_id
from cloud.kit.worker import serve_each
from tests.kit.log_lines import logs


async def test_what_fails_for_one_keeps_no_other_from_it() -> None:
    first, second, third = new_id(), new_id(), new_id()
    served = []

    async def act(organization_id: UUID) -> None:
        if organization_id == second:
            raise ZeroDivisionError
        served.append(organization_id)

    with logs() as said:
        await serve_each("sweeping", [first, second, third], act)
    assert served == [first, third]
    (line,) = said.getvalue().splitlines()
    assert str(second) in line
    assert "ZeroDivisionError" in line
