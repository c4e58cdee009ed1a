"""Pages for the people who run this Visant: organizations, activation codes, units."""
