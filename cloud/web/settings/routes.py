"""The routes of all tabs."""

from cloud.web.settings import capture, verdict

ROUTERS = (capture.router, verdict.router)
