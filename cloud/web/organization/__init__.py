"""The settings that are no camera's: one's own, and those of the organization."""
