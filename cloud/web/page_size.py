"""How much of a list a page shows: as much as its reader chose."""

from cloud.accounts.preferences import read_preferences
from cloud.accounts.sessions import Person
from cloud.kit.paging import PageRequest


def own_page(who: Person, page: PageRequest) -> PageRequest:
    """From the same place on, as many as the person wants to see at once."""
    return PageRequest(read_preferences(who.preferences).page_size, page.cursor)
