"""Is each camera really being watched? And what the operator sees of it."""
