"""The daily digest: proof that each camera was watched, or the names of the gaps."""
