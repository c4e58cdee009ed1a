"""Drafting a normal description from pictures that an operator has chosen."""
