"""A camera's settings page: one tab is one module here and one template of the same name."""
