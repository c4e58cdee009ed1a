"""Somebody who owns an organization with a camera, their browser, and its notifications pages."""

from tests.web.settings.conftest import browser_path, phone, setting, viewer

__all__ = ["browser_path", "phone", "setting", "viewer"]
