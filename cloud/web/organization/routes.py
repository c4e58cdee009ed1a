"""The routes of all tabs."""

from cloud.web.organization import audit, data, members, organization, preferences, profile, usage

ROUTERS = (
    profile.router,
    preferences.router,
    organization.router,
    members.router,
    usage.router,
    audit.router,
    data.router,
)
