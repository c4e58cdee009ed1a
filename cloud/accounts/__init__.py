"""People, organizations, sessions, roles and the audit."""
