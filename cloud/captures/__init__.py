"""Pictures and their verdicts: taking an upload in, keeping it, listing it, letting it go."""
