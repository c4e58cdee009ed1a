import logging

import pytest

from device import log


def test_a_line_break_from_outside_forges_no_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "visant.device")
    log.info("Picture taken", file="a\n2026 forged", n=3)
    assert caplog.messages[-1] == 'Picture taken file="a?2026 forged" n=3'
