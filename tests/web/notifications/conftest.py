"""Somebody who owns an organization with a camera, their browser, and its notifications pages."""

from tests.web.settings.conftest import phone, setting, viewer

__all__ = ["phone", "setting", "viewer"]
