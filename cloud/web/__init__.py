"""Pages for people: the dashboard, the product page, and what they look like."""
