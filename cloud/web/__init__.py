"""Pages for people: the dashboard, the product page, and the look that mails share with them."""
