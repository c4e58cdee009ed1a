"""Which tabs the settings have, in the order in which they stand, and for whom.

To add one: a line here, a module with its routes in `routes.py`, and a template of its name.
"""

from dataclasses import dataclass

from cloud.accounts.access import RANK
from cloud.accounts.models import Role

PATH = "/ui/settings"


@dataclass(frozen=True)
class Tab:
    """`name` is the tab in addresses and the name of its template, `word` what people read."""

    name: str
    word: str
    least: Role = Role.VIEWER

    @property
    def template(self) -> str:
        return f"organization/{self.name}.html"

    @property
    def address(self) -> str:
        return f"{PATH}/{self.name}"


PROFILE = Tab("profile", "Profile")
PREFERENCES = Tab("preferences", "Preferences")
ORGANIZATION = Tab("organization", "Organization")
MEMBERS = Tab("members", "Members")
USAGE = Tab("usage", "Usage and budget")
AUDIT = Tab("audit", "Audit", Role.ADMIN)
DATA = Tab("data", "Your data", Role.ADMIN)

TABS = (PROFILE, PREFERENCES, ORGANIZATION, MEMBERS, USAGE, AUDIT, DATA)


def tabs_for(role: Role) -> tuple[Tab, ...]:
    """Those that somebody of this role may open."""
    return tuple(tab for tab in TABS if RANK[role] >= RANK[tab.least])
