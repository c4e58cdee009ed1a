"""What the person who starts the program hears when the embedded database cannot run."""


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be started; the message is one sentence with the next step."""
