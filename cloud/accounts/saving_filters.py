"""Filters that somebody keeps under a name: kept and removed one at a time, in whichever tab."""

from sqlalchemy import select

from cloud.accounts.models import User
from cloud.accounts.preferences import (
    MOST_SAVED,
    Preferences,
    SavedFilters,
    change_preferences,
    read_preferences,
)
from cloud.accounts.sessions import Person
from cloud.kit.database import Work
from cloud.kit.errors import Conflict


async def save_filters(work: Work, who: Person, wanted: SavedFilters) -> None:
    """Keep them, in the place of those of the same name. Raises Conflict `too_many_filters`."""
    kept = [saved for saved in await _lock_saved(work, who) if saved.name != wanted.name]
    if len(kept) >= MOST_SAVED:
        raise Conflict(
            "too_many_filters", f"You keep {MOST_SAVED} filters already. Remove one of them first."
        )
    await change_preferences(work, who, Preferences(saved_filters=[*kept, wanted]))


async def remove_filters(work: Work, who: Person, name: str) -> None:
    """Keep them no more; nothing where there are none of that name."""
    kept = [saved for saved in await _lock_saved(work, who) if saved.name != name]
    await change_preferences(work, who, Preferences(saved_filters=kept))


async def _lock_saved(work: Work, who: Person) -> list[SavedFilters]:
    """As they are now: another tab may have kept some since this page was drawn."""
    stored = await work.scalar(
        select(User.preferences).where(User.id == who.user_id).with_for_update()
    )
    return read_preferences(stored).saved_filters
