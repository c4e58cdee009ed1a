"""Which addresses are pages: all of the application's route table that a browser may be sent to."""

import pytest

from bin._pages import SomePage, UnknownId, list_pages
from cloud.kit.access import Audience, DeclaredRoute

CAMERA = DeclaredRoute("/ui/cameras/{device_id}", frozenset({"GET"}), Audience.VIEWER)
ROUTES = [
    DeclaredRoute("/", frozenset({"GET"}), Audience.ANYONE),
    CAMERA,
    DeclaredRoute("/ui/cameras/{device_id}/normal", frozenset({"POST"}), Audience.MEMBER),
    DeclaredRoute("/v1/captures", frozenset({"GET"}), Audience.VIEWER),
    DeclaredRoute("/api/s/{token}", frozenset({"GET"}), Audience.ANYONE),
    DeclaredRoute("/health", frozenset({"GET"}), Audience.ANYONE),
    DeclaredRoute("/openapi.json", frozenset({"GET"}), Audience.ANYONE),
]


def test_pages_are_what_people_open_with_ids_in_their_places() -> None:
    assert list_pages(ROUTES, {"device_id": "VS-1"}) == [
        SomePage("product", "/", Audience.ANYONE),
        SomePage("ui-cameras-device_id", "/ui/cameras/VS-1", Audience.VIEWER),
    ]


def test_an_id_of_which_nobody_said_what_stands_for_it_stops_it() -> None:
    with pytest.raises(UnknownId, match="device_id"):
        list_pages([CAMERA], {})
