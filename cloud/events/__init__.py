"""The organization's numbered news: one append-only log, read by every stream."""
