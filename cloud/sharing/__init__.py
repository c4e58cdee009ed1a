"""Who else may look: links to pictures of one camera for people without an account."""
