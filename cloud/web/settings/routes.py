"""The routes of all tabs."""

from cloud.web.settings import capture, danger, description, privacy, schedules, verdict, version

ROUTERS = (
    capture.router,
    schedules.router,
    description.router,
    version.router,
    verdict.router,
    privacy.router,
    danger.router,
)
