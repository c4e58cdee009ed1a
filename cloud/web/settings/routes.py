"""The routes of all tabs."""

from cloud.web.settings import capture, danger, description, verdict, version

ROUTERS = (
    capture.router,
    description.router,
    version.router,
    verdict.router,
    danger.router,
)
