"""A program that uses the embedded server: says how it reached it, stays until told to leave."""

import sys
from pathlib import Path

import psycopg

from cloud.kit.embedded_postgres import start_embedded


def main() -> None:
    postgres = start_embedded(Path(sys.argv[1]))
    with psycopg.connect(postgres.url) as connection:
        started = connection.execute("SELECT pg_postmaster_start_time()::text").fetchone()
    assert started is not None
    sys.stdout.write(f"{postgres.url}\t{started[0]}\n")
    sys.stdout.flush()
    sys.stdin.readline()
    postgres.close()
    sys.stdout.write("left\n")


if __name__ == "__main__":
    main()
