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


async def save_filters(work: Work, who: Person, wanted: SavedFilters) -> SavedFilters | None:
    """Keep them, in the place of those of the same name, which are given back.

    Raises Conflict `too_many_filters`.
    """
    kept, replaced = await _lock_others(work, who, wanted.name)
    if len(kept) >= MOST_SAVED:
        raise Conflict(
            "too_many_filters", f"You keep {MOST_SAVED} filters already. Remove one of them first."
        )
    await change_preferences(work, who, Preferences(saved_filters=[*kept, wanted]))
    return replaced


async def remove_filters(work: Work, who: Person, name: str) -> SavedFilters | None:
    """Keep them no more; what was removed, or None where there are none of that name."""
    kept, removed = await _lock_others(work, who, name)
    await change_preferences(work, who, Preferences(saved_filters=kept))
    return removed


async def _lock_others(
    work: Work, who: Person, name: str
) -> tuple[list[SavedFilters], SavedFilters | None]:
    """Those of other names and those of this one, as they are now: another tab may have kept."""
    stored = await work.scalar(
        select(User.preferences).where(User.id == who.user_id).with_for_update()
    )
    saved = {each.name: each for each in read_preferences(stored).saved_filters}
    of_this_name = saved.pop(name, None)
    return list(saved.values()), of_this_name
