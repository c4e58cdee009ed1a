from datetime import UTC, datetime, timedelta

import pytest

from device import wire
from device.eyesight import Eyesight
from device.picture import Picture

BEGINNING = datetime(2026, 3, 1, tzinfo=UTC)


def seen(said: str | None) -> Picture:
    return Picture(b"", BEGINNING, metadata={} if said is None else {"camera": said})


def test_a_state_keeps_its_beginning_while_it_lasts(caplog: pytest.LogCaptureFixture) -> None:
    moments = (BEGINNING + timedelta(minutes=minute) for minute in range(9))
    eyesight = Eyesight(lambda: next(moments))
    assert eyesight.report() is None
    reports: list[wire.CameraReport] = []
    for said in (None, "black", "black", None):
        eyesight.saw(seen(said))
        report = eyesight.report()
        assert report is not None
        reports.append(report)
    assert [report["since"][14:16] for report in reports] == ["00", "01", "01", "03"]
    assert [report["state"] for report in reports] == ["ok", "black", "black", "ok"]
    assert "covered" in reports[1]["detail"]
    assert "detail" not in reports[3]
    assert sum("covered" in line for line in caplog.messages) == 1
