"""The judge that needs no key and no network: a memory of how each place of the picture looks."""
