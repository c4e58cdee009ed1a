"""Which tabs a camera's settings page has, in the order in which they stand.

To add one: a line here, a module with its routes in `routes.py`, and a template of its name.
"""

from dataclasses import dataclass

PATH = "/ui/devices/{device_id}/settings"


@dataclass(frozen=True)
class Tab:
    """`name` is the tab in addresses and the name of its template, `word` what people read."""

    name: str
    word: str

    @property
    def template(self) -> str:
        return f"settings/{self.name}.html"

    def address(self, device_id: str) -> str:
        """Where the tab of this camera is."""
        return f"{PATH.format(device_id=device_id)}/{self.name}"


CAPTURE = Tab("capture", "Capture")
SCHEDULES = Tab("schedules", "Schedules")
DESCRIPTION = Tab("description", "Description")
VERDICT = Tab("verdict", "Verdict")
PRIVACY = Tab("privacy", "Privacy")
NOTIFICATIONS = Tab("notifications", "Notifications")
DANGER = Tab("danger", "Danger zone")

TABS = (CAPTURE, SCHEDULES, DESCRIPTION, VERDICT, PRIVACY, NOTIFICATIONS, DANGER)
