"""Cameras: made, activated, configured, heard from."""
