"""How the server is set up: for a small machine, reachable by its socket only."""

from cloud.kit.embedded_postgres.home import Home
from cloud.kit.embedded_postgres.sockets import PORT

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # a failing statement may carry what no log should
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def server_command(home: Home, *, durable: bool) -> list[str]:
    """The server's command line; it stays in the foreground and writes its log to stderr."""
    settings = SETTINGS | ({} if durable else NOT_DURABLE)
    settings["unix_socket_directories"] = _quote_folder(str(home.sockets))
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(home.programs / "postgres"), "-D", str(home.cluster), *options]


def _quote_folder(folder: str) -> str:
    """The setting is a list with commas; a quoted entry may contain one."""
    return '"' + folder.replace('"', '""') + '"'
