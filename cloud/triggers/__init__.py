"""Triggers: asking a camera for a picture, and what became of it."""
