import pytest

from device.complaint import Complaint


def test_a_trouble_that_lasts_is_said_once_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    clock = [0.0]
    complaint = Complaint("No tea", "There is tea again", lambda: clock[0])
    for minute in (0, 1, 59, 60, 61, 119, 121):
        clock[0] = minute * 60.0
        complaint.say("No leaves.")
    assert caplog.messages == ['No tea why="No leaves."'] * 3


def test_what_never_began_is_never_over_and_what_is_over_begins_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    complaint = Complaint("No tea", "There is tea again")
    complaint.end()
    complaint.say("No leaves.")
    complaint.say("No water.", at="the tap")
    complaint.end()
    complaint.end()
    complaint.say("No water.")
    assert caplog.messages == [
        'No tea why="No leaves."',
        'No tea why="No water." at="the tap"',
        "There is tea again",
        'No tea why="No water."',
    ]
