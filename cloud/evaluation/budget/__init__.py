"""What an organization may spend in a month, and what is left out when it nears that."""
