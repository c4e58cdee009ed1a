"""The Visant cloud: one process that serves, judges, tells and remembers."""
