"""Who is told, for the organization and, as a tab of its settings, for one camera."""
