from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from cloud.storage.keys import image_key, split_key, thumbnail_key

ORGANIZATION = UUID("019a0000-0000-7000-8000-000000000001")
RECORD = UUID("019a0000-0000-7000-8000-000000000002")


def test_keys_are_by_organization_day_and_record() -> None:
    received_at = datetime(2026, 3, 4, 23, 59, tzinfo=UTC)
    day = f"{ORGANIZATION}/2026/03/04"
    assert image_key(ORGANIZATION, received_at, RECORD) == f"{day}/{RECORD}.jpg"
    assert thumbnail_key(ORGANIZATION, received_at, RECORD) == f"{day}/{RECORD}.thumb.jpg"


def test_the_day_is_the_one_in_utc() -> None:
    early_in_tokyo = datetime(2026, 3, 5, 1, 0, tzinfo=timezone(timedelta(hours=9)))
    assert "/2026/03/04/" in image_key(ORGANIZATION, early_in_tokyo, RECORD)


def test_a_made_key_has_five_parts() -> None:
    assert len(split_key(thumbnail_key(ORGANIZATION, datetime.now(UTC), RECORD))) == 5
