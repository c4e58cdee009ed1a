"""Measures how fast pictures are taken in, and what one costs.

    python -m bench.uploads [--uploads N] [--connections N] [--json]

Starts a server with a PostgreSQL of its own and without workers, so that nothing but the upload is
measured, and uploads drawn pictures of two sizes over real HTTP on loopback. The processor time is
the server's own, and beside it that of its PostgreSQL (read from /proc: Linux only). The client
shares the machine's cores, so the processor time says more than the uploads per second.
"""

import argparse
import http.client
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit
from uuid import uuid4

import cv2
import numpy as np

from bin._demo.operator import Camera, Operator
from bin._demo.processes import Processes, choose_port

WARMING_UP = 40
CREATED = 201
BOUNDARY = "a-boundary-that-is-in-no-picture"


@dataclass(frozen=True)
class Size:
    """One kind of picture: its sides in pixels, and about how many bytes it has."""

    name: str
    width: int
    height: int
    bytes: int


SIZES = (Size("small", 640, 480, 25_000), Size("720p", 1280, 720, 240_000))


@dataclass(frozen=True)
class Report:
    """The figures of one size. Processor times are milliseconds for one upload."""

    size: str
    picture_bytes: int
    uploads: int
    uploads_per_second: float
    server_cpu_ms: float
    database_cpu_ms: float
    p50_ms: float
    p99_ms: float


class Uploader:
    """Uploads pictures of one camera; each upload has the next sequence number."""

    def __init__(self, url: str, camera: Camera) -> None:
        self._host = urlsplit(url).netloc
        self._key = json.loads(camera.key_file.read_text())["device_key"]
        self._spool_id = uuid4().hex
        self._sequence = count()

    def upload_all(self, picture: bytes, uploads: int, connections: int) -> list[float]:
        """How many seconds each upload took, over connections that are kept."""
        shares = [uploads // connections + (n < uploads % connections) for n in range(connections)]
        with ThreadPoolExecutor(connections) as threads:
            each = threads.map(lambda share: list(self._upload(picture, share)), shares)
            return [seconds for times in each for seconds in times]

    def _upload(self, picture: bytes, uploads: int) -> Iterator[float]:
        connection = http.client.HTTPConnection(self._host, timeout=30)
        for _ in range(uploads):
            body = self._body(picture)
            start = perf_counter()
            connection.request("POST", "/v1/captures", body, self._headers)
            answer = connection.getresponse()
            text = answer.read()
            yield perf_counter() - start
            if answer.status != CREATED:
                raise SystemExit(f"An upload was answered with {answer.status}: {text.decode()}")
        connection.close()

    @property
    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        }

    def _body(self, picture: bytes) -> bytes:
        fields = {
            "captured_at": "2026-11-22T08:00:00Z",
            "sequence": str(next(self._sequence)),
            "spool_id": self._spool_id,
            "trigger_label": "interval",
        }
        head = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        file = 'Content-Disposition: form-data; name="image"; filename="image.jpg"'
        start = f"{head}--{BOUNDARY}\r\n{file}\r\nContent-Type: image/jpeg\r\n\r\n"
        return start.encode() + picture + f"\r\n--{BOUNDARY}--\r\n".encode()


def run(uploads: int, connections: int) -> list[Report]:
    """Measure every size on one fresh server."""
    with Processes() as processes:
        port = choose_port(0)
        environment = {
            "VISANT_DATA_DIR": str(processes.folder),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PLATFORM_ADMIN_EMAILS": "demo@visant.example",
        }
        cameras = _arrange(processes, port, environment)
        url, server = processes.start_server_process(port, {**environment, "WORKERS": "off"})
        reports = []
        for size, camera in zip(SIZES, cameras, strict=True):
            uploader, picture = Uploader(url, camera), draw_picture(size)
            uploader.upload_all(picture, WARMING_UP, connections)

            def upload(uploader: Uploader = uploader, picture: bytes = picture) -> list[float]:
                return uploader.upload_all(picture, uploads, connections)

            cluster = (processes.folder / "postgres").resolve()
            reports.append(_measure(size, len(picture), upload, server.pid, cluster))
        return reports


def _arrange(processes: Processes, port: int, environment: dict[str, str]) -> list[Camera]:
    """An organization with one camera for each size, made while the workers still work."""
    url, server = processes.start_server_process(port, environment)
    operator = Operator(url, processes.folder)
    operator.sign_up()
    cameras = [operator.add_camera(size.name, "Nothing unusual is in view.") for size in SIZES]
    processes.stop(server)
    return cameras


def _measure(
    size: Size, picture_bytes: int, upload: Callable[[], list[float]], server: int, cluster: Path
) -> Report:
    server_before, database_before = processor_seconds(server), database_seconds(cluster)
    start = perf_counter()
    times = upload()
    elapsed = perf_counter() - start
    uploads = len(times)
    return Report(
        size=size.name,
        picture_bytes=picture_bytes,
        uploads=uploads,
        uploads_per_second=round(uploads / elapsed, 1),
        server_cpu_ms=round(1000 * (processor_seconds(server) - server_before) / uploads, 2),
        database_cpu_ms=round(1000 * (database_seconds(cluster) - database_before) / uploads, 2),
        p50_ms=round(1000 * float(np.percentile(times, 50)), 1),
        p99_ms=round(1000 * float(np.percentile(times, 99)), 1),
    )


def processor_seconds(pid: int) -> float:
    """What a process has used so far, in its own code and in the kernel."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def database_seconds(cluster: Path) -> float:
    """The same of all processes that work in the cluster's folder, as PostgreSQL's do."""
    return sum(processor_seconds(pid) for pid in _working_in(cluster))


def _working_in(folder: Path) -> Iterator[int]:
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdecimal() and (process / "cwd").readlink().is_relative_to(folder):
                yield int(process.name)
        except OSError:  # it has ended, or is somebody else's
            continue


def draw_picture(size: Size) -> bytes:
    """A JPEG of about that many bytes: noise, blurred until it fits."""
    chance = np.random.default_rng(7)
    noise = chance.integers(0, 255, (size.height, size.width, 3), np.uint8)
    for step in range(1, 200):
        pixels = cv2.GaussianBlur(noise, (0, 0), step / 10)
        jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
        if len(jpeg) <= size.bytes:
            break
    return jpeg


def print_reports(reports: Sequence[Report]) -> None:
    for report in reports:
        print(
            f"{report.size} ({report.picture_bytes} bytes): "
            f"{report.uploads_per_second} uploads/s, "
            f"CPU {report.server_cpu_ms} ms server + {report.database_cpu_ms} ms database, "
            f"p50 {report.p50_ms} ms, p99 {report.p99_ms} ms"
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.uploads", description=__doc__)
    parser.add_argument("--uploads", type=int, default=400, help="of each size")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    reports = run(options.uploads, options.connections)
    if options.json:
        print(json.dumps([asdict(report) for report in reports], indent=2))
    else:
        print_reports(reports)
    return 0


if __name__ == "__main__":
    sys.exit(main())
