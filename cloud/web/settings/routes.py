"""The routes of all tabs."""

from cloud.web.settings import capture, danger, description, schedules, verdict, version

ROUTERS = (
    capture.router,
    schedules.router,
    description.router,
    version.router,
    verdict.router,
    danger.router,
)
