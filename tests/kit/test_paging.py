import base64
from datetime import UTC, datetime

import pytest

from cloud.kit.errors import Malformed
from cloud.kit.ids import new_id
from cloud.kit.paging import Cursor

AT = datetime(2026, 11, 22, 7, 30, 0, 123456, tzinfo=UTC)


def encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_cursor_comes_back_as_it_went() -> None:
    cursor = Cursor(AT, str(new_id()))
    assert Cursor.decode(cursor.encode()) == cursor
    assert Cursor.decode(cursor.encode()).uuid == cursor.uuid


@pytest.mark.parametrize(
    "hostile",
    [
        "x",
        "!!!!",
        "é",
        "\x00",
        "AAAA",
        encode("null"),
        encode("5"),
        encode("[]"),
        encode('["2026-11-22T07:30:00+00:00"]'),
        encode('["2026-11-22T07:30:00+00:00", 5]'),
        encode('["2026-11-22T07:30:00+00:00", null]'),
        encode('["2026-11-22T07:30:00", "an id"]'),
        encode('["yesterday", "an id"]'),
        encode('[5, "an id"]'),
        encode('["2026-11-22T07:30:00+00:00", "a\\u0000b"]'),
        encode('["2026-11-22T07:30:00+00:00", "an id", "more"]'),
        encode('{"at": 1, "id": 2}'),
        encode("[" * 60 + "]" * 60),
        base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(),
    ],
)
def test_what_no_list_gave_is_malformed(hostile: str) -> None:
    with pytest.raises(Malformed) as refused:
        Cursor.decode(hostile)
    assert refused.value.code == "cursor_malformed"
    assert [each.field for each in refused.value.errors] == ["cursor"]


def test_a_cursor_of_another_list_is_malformed_where_ids_are_uuids() -> None:
    cursor = Cursor.decode(Cursor(AT, "VS-7K3M-9QXT-4HWC").encode())
    with pytest.raises(Malformed):
        _ = cursor.uuid
