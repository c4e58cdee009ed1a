"""Which pages are pictured: all that the application has, by its own route table."""

import pytest

from bin._screenshots import list_pages

IDS = {
    "device_id": "VS-1",
    "record_id": "r",
    "incident_id": "i",
    "version": "1",
    "code": "C",
    "share_link_id": "l",
    "token": "t",
    "shared_id": "s",
}


def test_pages_are_those_of_the_application() -> None:
    pages = list_pages("http://127.0.0.1:1", IDS)
    assert pages["ui"] == "/ui"
    assert pages["ui-cameras-device_id"] == "/ui/cameras/VS-1"
    assert pages["login"] == "/login"
    assert not any(path.startswith(("/v1", "/dev")) for path in pages.values())


def test_an_id_that_nothing_stands_for_stops_it() -> None:
    with pytest.raises(SystemExit, match="device_id"):
        list_pages("http://127.0.0.1:1", {})
