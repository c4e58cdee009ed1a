"""The routes of all tabs."""

from cloud.web.platform import codes, devices, organizations

ROUTERS = (organizations.router, codes.router, devices.router)
