"""Measurements of what the product promises, by the code that keeps the promise."""
