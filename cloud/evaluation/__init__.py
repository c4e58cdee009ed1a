"""What we decide: from a pending capture to its verdict."""
