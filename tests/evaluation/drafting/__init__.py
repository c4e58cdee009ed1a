"""Tests of drafting descriptions."""
