"""Which tabs the platform's pages have, in the order in which they stand."""

from dataclasses import dataclass

PATH = "/ui/admin"


@dataclass(frozen=True)
class Tab:
    """`name` is the tab in addresses and the name of its template, `word` what people read."""

    name: str
    word: str

    @property
    def template(self) -> str:
        return f"platform/{self.name}.html"

    @property
    def address(self) -> str:
        return f"{PATH}/{self.name}"


ORGANIZATIONS = Tab("organizations", "Organizations")
CODES = Tab("codes", "Activation codes")
DEVICES = Tab("devices", "Devices")

TABS = (ORGANIZATIONS, CODES, DEVICES)
