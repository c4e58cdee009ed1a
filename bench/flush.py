"""Fills the spool of one camera, lets the real client empty it, and looks what arrived.

    python -m bench.flush [--spooled 1440] [--live 60] [--interval 2] [--dropped-answers 0.3]
    python -m bench.flush --hurried [--login-pages 100] [--dropped-answers 0.3]

Starts a server with a PostgreSQL of its own and without workers, takes so many pictures into a
spool as a day without a network would leave them, and starts `python -m device run` on it, which
takes live ones besides. In between stands a proxy that loses some answers and, to begin with,
answers for the cloud as a hotel's login page does. Hurried, the client's own lane works without its
waiting times and without live pictures: after a hundred login pages it would wait for an hour.
Prints how long the backlog took and how late the live pictures were, and exits with 1 where a
picture is missing or there twice, where the spool let one go for a login page, where the backlog
took more than ten minutes, or where the live ones were later than five seconds (95th percentile).
"""

import argparse
import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np

from bin._demo.operator import EMAIL, Camera, Operator
from bin._demo.processes import Processes, choose_port
from device.client import Cloud
from device.identity import Identity
from device.picture import Picture
from device.simulate.pictures import add_comment
from device.spool import Asking, Spool
from device.uplink import Settling, open_lanes
from device.wire import INTERVAL_LABEL
from version import __version__

FLUSHED_WITHIN_SECONDS = 600
LIVE_WITHIN_SECONDS = 5
UPLOAD_PATH = "/v1/captures"
LOGIN_PAGE = b"<html>Welcome to the hotel! Please sign in.</html>"


@dataclass(frozen=True)
class Trial:
    """What is to be tried. `interval` is in seconds, `dropped` a share of the answers."""

    spooled: int
    live: int = 0
    interval: float = 2.0
    dropped: float = 0.0
    login_pages: int = 0
    hurried: bool = False
    seed: int = 1


@dataclass(frozen=True)
class Report:
    """What was found; seconds count from the start of the client."""

    missing: int
    duplicated: int
    pages_shown: int
    answers_dropped: int
    deleted_for_pages: int
    flushed_after: float
    live_p95: float

    @property
    def is_kept(self) -> bool:
        wrong = self.missing or self.duplicated or self.deleted_for_pages
        late = self.flushed_after > FLUSHED_WITHIN_SECONDS or self.live_p95 > LIVE_WITHIN_SECONDS
        return not wrong and not late


@dataclass
class Way:
    """What the proxy does to uploads, and has done."""

    target: str
    dropped: float
    login_pages: int
    spool: Path
    kept: int
    """How many pictures the spool's folder must hold while only login pages answer."""

    dice: random.Random
    pages_shown: int = 0
    answers_dropped: int = 0
    deleted_for_pages: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def shows_page(self) -> bool:
        """Whether a login page answers instead of the cloud; looks at the spool each time."""
        with self.lock:
            if self.pages_shown >= self.login_pages:
                return False
            self.pages_shown += 1
            held = sum(1 for _ in (self.spool / "pictures").glob("*.jpg"))
            self.deleted_for_pages = max(self.deleted_for_pages, self.kept - held)
            return True

    def drops(self) -> bool:
        with self.lock:
            drops = self.dice.random() < self.dropped
            self.answers_dropped += drops
            return drops


def run(trial: Trial) -> Report:
    """Do it, and look what arrived."""
    with Processes() as processes:
        url, operator = _start_server(processes)
        with operator:
            camera = operator.add_camera("Flush test", "Nothing unusual is in view.")
            spool = processes.folder / "spool"
            fill_spool(spool, trial.spooled)
            dice = random.Random(trial.seed)  # noqa: S311 - repeatable, no secret
            way = Way(url, trial.dropped, trial.login_pages, spool, trial.spooled, dice)
            with proxy_on(way) as address:
                started = time.monotonic()
                if trial.hurried:
                    empty_hurriedly(address, camera, spool)
                else:
                    _run_client(processes, camera, address, spool, trial)
                took = time.monotonic() - started
            captures = operator.captures(camera)
    return _look(captures, trial, way, took)


def _start_server(processes: Processes) -> tuple[str, Operator]:
    port = choose_port(0)
    environment = {
        "VISANT_DATA_DIR": str(processes.folder),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PLATFORM_ADMIN_EMAILS": EMAIL,
    }
    url = processes.start_server(port, environment)
    operator = Operator(url, processes.folder)
    operator.sign_up()
    return url, operator


def fill_spool(folder: Path, count: int) -> None:
    """Take pictures into it, one for each minute of the time that is just over."""
    spool = Spool(folder)
    jpeg = _draw()
    begin = datetime.now(UTC) - timedelta(minutes=count)
    for number in range(count):
        moment = begin + timedelta(minutes=number)
        picture = Picture(add_comment(jpeg, f"spooled {number}"), moment)
        spool.take(picture, Asking(label=INTERVAL_LABEL))
    spool.close()


def _draw() -> bytes:
    chance = np.random.default_rng(7)
    pixels = cv2.GaussianBlur(chance.integers(0, 255, (480, 640, 3), np.uint8), (0, 0), 3)
    return bytes(cv2.imencode(".jpg", pixels)[1].tobytes())


def _run_client(
    processes: Processes, camera: Camera, address: str, spool: Path, trial: Trial
) -> None:
    """Run the client until it has taken its live pictures and everything is delivered."""
    stills = processes.folder / "stills"
    stills.mkdir()
    (stills / "0.jpg").write_bytes(_draw())
    flags = ["--url", address, "--key-file", str(camera.key_file), "--spool", str(spool)]
    flags += ["--source", f"still:{stills / '0.jpg'}", "--interval", str(trial.interval)]
    flags += ["--frames-limit", str(trial.live)]
    client = processes.start("client", ["-m", "device", "run", *flags])
    client.wait(2 * FLUSHED_WITHIN_SECONDS)
    if client.returncode:
        raise SystemExit(f"The client failed:\n{processes.last_words('client')}")


def empty_hurriedly(address: str, camera: Camera, folder: Path) -> None:
    """Empty the spool by the client's own lanes, never waiting as long as it says."""
    spool, stop = Spool(folder), threading.Event()
    key = json.loads(camera.key_file.read_text())["device_key"]
    settling = Settling(spool, dice=random.Random(1))  # noqa: S311 - waits that nobody waits
    with Cloud(Identity(address, camera.device_id, key), version=__version__) as cloud:
        lanes = open_lanes(cloud, spool, settling, stop=stop)
        while any(lane.send_next() is not None for lane in lanes):
            pass
    spool.close()


@contextmanager
def proxy_on(way: Way) -> Iterator[str]:
    """A proxy on loopback; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(way))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler_of(way: Way) -> type[BaseHTTPRequestHandler]:
    host = urlsplit(way.target).netloc

    class Handler(BaseHTTPRequestHandler):
        """Passes on what is asked; the command stream alone is turned away."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            uploads = self.path == UPLOAD_PATH
            if uploads and way.shows_page():
                self._answer(200, "text/html", LOGIN_PAGE)
                return
            status, media_type, said = self._pass_on(body)
            if uploads and way.drops():
                self.close_connection = True
                return
            self._answer(status, media_type, said)

        def do_GET(self) -> None:
            if self.path.partition("?")[0].endswith("/commands"):
                self._answer(503, "text/plain", b"no streams on this way")
                return
            self._answer(*self._pass_on(b""))

        def _pass_on(self, body: bytes) -> tuple[int, str, bytes]:
            connection = http.client.HTTPConnection(host, timeout=60)
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in {"host", "connection", "accept-encoding"}
            }
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            said = answer.read()
            connection.close()
            return answer.status, answer.headers.get("Content-Type", ""), said

        def _answer(self, status: int, media_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    return Handler


def _look(captures: Sequence[dict[str, Any]], trial: Trial, way: Way, took: float) -> Report:
    times = Counter(capture["sequence"] for capture in captures)
    expected = range(1, trial.spooled + (0 if trial.hurried else trial.live) + 1)
    live = sorted(_lateness(one) for one in captures if one["sequence"] > trial.spooled)
    return Report(
        missing=sum(1 for sequence in expected if not times[sequence]),
        duplicated=sum(1 for count in times.values() if count > 1),
        pages_shown=way.pages_shown,
        answers_dropped=way.answers_dropped,
        deleted_for_pages=way.deleted_for_pages,
        flushed_after=round(took, 1),
        live_p95=round(float(np.percentile(live, 95)), 2) if live else 0.0,
    )


def _lateness(capture: dict[str, Any]) -> float:
    """Seconds from the shutter to the cloud; camera and cloud share this machine's clock."""
    received, captured = (
        datetime.fromisoformat(capture[name]) for name in ("received_at", "captured_at")
    )
    return (received - captured).total_seconds()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.flush", description=__doc__)
    parser.add_argument("--spooled", type=int, default=1440)
    parser.add_argument("--live", type=int, default=60)
    parser.add_argument("--interval", type=float, default=2.0)
    parser.add_argument("--dropped-answers", type=float, default=0.0, dest="dropped")
    parser.add_argument("--login-pages", type=int, default=0)
    parser.add_argument("--hurried", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    report = run(Trial(**vars(parser.parse_args())))
    for name, value in vars(report).items():
        print(f"{name:18} {value}")
    print("every promise kept" if report.is_kept else "A PROMISE WAS BROKEN")
    return 0 if report.is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
