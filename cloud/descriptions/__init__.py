"""What normal is, in the operator's words, version by version."""
