"""Kills the server again and again while pictures are uploaded, then checks the books.

`python -m bench.crashes [FOLDER…] --uploads 200 --kills 10 --seed 1`: uploads the stills of the
folders (drawn ones where none are given), each with its own sequence number, until each is
acknowledged; kills the server with SIGKILL at random moments; lets it finish; then looks whether
every acknowledged capture is there once, its picture decodes, it came to exactly one end, and
nobody was told twice of one thing. The model is a stand-in on loopback that finds every fourth
picture abnormal. Prints what it found and exits with 1 where a promise was broken.
"""

import argparse
import hashlib
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from pathlib import Path
from subprocess import Popen
from typing import Any
from uuid import uuid4

import cv2
import httpx2
import numpy as np

from bin._demo.operator import Camera, Operator
from bin._demo.processes import Processes, choose_port
from tests.evaluation.openai_stand_in import completed, openai_stand_in
from tests.evaluation.stand_in import Reply, verdict

UPLOADERS = 4
SETTLE_SECONDS = 120
STILLS = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass
class Ledger:
    """What the clients know: what was acknowledged, and what was refused for good."""

    acknowledged: dict[int, dict[str, Any]] = field(default_factory=dict)
    refused: dict[int, int] = field(default_factory=dict)
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def answered(self) -> int:
        return len(self.acknowledged) + len(self.refused)


@dataclass(frozen=True)
class Books:
    """What was found afterwards."""

    uploads: int
    refused: int
    requests: int
    kills: int
    lost: list[int]
    duplicated: list[int]
    unreadable: list[str]
    unfinished: list[str]
    told_twice: list[str]
    messages: int
    physical_mails: int

    @property
    def kept(self) -> bool:
        """Whether every promise was kept; a crash may repeat a mail, under the same Message-ID."""
        broken = (self.lost, self.duplicated, self.unreadable, self.unfinished, self.told_twice)
        return not any(broken) and self.physical_mails <= self.messages + self.kills


def run(pictures: Sequence[bytes], *, uploads: int, kills: int, seed: int) -> Books:
    """Do it, and check the books."""
    chance = random.Random(seed)  # noqa: S311  # repeatable, no secret
    with openai_stand_in(_find_every_fourth_abnormal) as model, Processes() as processes:
        port = choose_port(0)
        environment = {
            "VISANT_DATA_DIR": str(processes.folder),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PLATFORM_ADMIN_EMAILS": "demo@visant.example",
            "OPENAI_API_KEY": "sk-stand-in",
            "OPENAI_BASE_URL": model.base_url,
            "LEASE_SECONDS": "5",
            "RETRY_SCALE": "0.05",
        }
        server = _Server(processes, port, environment)
        with Operator(server.url, processes.folder) as operator:
            operator.sign_up()
            camera = operator.add_camera("Crash test", "Nothing unusual is in view.")
            ledger = Ledger()
            uploading = threading.Thread(
                target=_upload_all, args=(server.url, camera, pictures, uploads, ledger)
            )
            uploading.start()
            for number in range(kills):
                due = uploads * (number + chance.random()) / kills
                while ledger.answered < due and uploading.is_alive():
                    time.sleep(0.002)
                time.sleep(chance.random() * 0.1)
                server.kill_and_start()
            uploading.join()
            captures = _settle(operator, camera)
            return _check(operator, captures, ledger, kills, processes.folder)


class _Server:
    """The server's process, which dies often."""

    def __init__(self, processes: Processes, port: int, environment: dict[str, str]) -> None:
        self._processes, self._port, self._environment = processes, port, environment
        self._process: Popen[bytes]
        self.url = self._start()

    def kill_and_start(self) -> None:
        self._process.kill()
        self._process.wait()
        self._start()

    def _start(self) -> str:
        url, self._process = self._processes.start_server_process(self._port, self._environment)
        return url


def _upload_all(
    url: str, camera: Camera, pictures: Sequence[bytes], uploads: int, ledger: Ledger
) -> None:
    key = json.loads(camera.key_file.read_text())["device_key"]
    spool_id = uuid4().hex
    with (
        httpx2.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=20
        ) as client,
        ThreadPoolExecutor(UPLOADERS) as threads,
    ):
        for number in range(uploads):
            picture = pictures[number % len(pictures)]
            threads.submit(_upload_until_answered, client, spool_id, number, picture, ledger)


def _upload_until_answered(
    client: httpx2.Client, spool_id: str, number: int, picture: bytes, ledger: Ledger
) -> None:
    fields = {
        "captured_at": f"2026-11-22T08:{number // 60 % 60:02}:{number % 60:02}Z",
        "sequence": str(number),
        "spool_id": spool_id,
    }
    while True:
        with ledger.lock:
            ledger.sent += 1
        try:
            answer = client.post("/v1/captures", data=fields, files={"image": picture})
        except httpx2.HTTPError:
            time.sleep(0.05)
            continue
        if answer.is_success:
            with ledger.lock:
                ledger.acknowledged[number] = answer.json()
            return
        if answer.is_client_error and answer.status_code != httpx2.codes.TOO_MANY_REQUESTS:
            with ledger.lock:
                ledger.refused[number] = answer.status_code
            return
        time.sleep(0.05)


def _settle(operator: Operator, camera: Camera) -> list[dict[str, Any]]:
    """All captures, once every one of them has come to its end or the patience is over."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        captures = operator.captures(camera)
        open_ones = {"pending", "processing"}
        ended = all(capture["evaluation_status"] not in open_ones for capture in captures)
        pending = [one for one in operator.deliveries() if one["status"] == "pending"]
        if (ended and not pending) or time.monotonic() > deadline:
            return captures
        time.sleep(0.5)


def _check(
    operator: Operator,
    captures: Sequence[dict[str, Any]],
    ledger: Ledger,
    kills: int,
    folder: Path,
) -> Books:
    listed = Counter(capture["sequence"] for capture in captures)
    by_id = {capture["record_id"]: capture for capture in captures}
    deliveries = operator.deliveries()
    told = Counter((one["incident_id"], one["recipient"], one["kind"]) for one in deliveries)
    mails = [_message_id(path) for path in (folder / "mailbox").glob("*.eml")]
    incident_mails = [one for one in mails if any(d["id"] in one for d in deliveries)]
    return Books(
        uploads=len(ledger.acknowledged),
        refused=len(ledger.refused),
        requests=ledger.sent,
        kills=kills,
        lost=[n for n, ack in ledger.acknowledged.items() if ack["record_id"] not in by_id],
        duplicated=[number for number, times in listed.items() if times > 1],
        unreadable=[
            ack["record_id"]
            for ack in ledger.acknowledged.values()
            if not _decodes(operator.image(ack["record_id"]))
        ],
        unfinished=[
            capture["record_id"]
            for capture in captures
            if capture["evaluation_status"] not in {"completed", "failed"}
        ],
        told_twice=[str(key) for key, times in told.items() if times > 1],
        messages=len(set(incident_mails)),
        physical_mails=len(incident_mails),
    )


def _decodes(jpeg: bytes) -> bool:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) is not None


def _message_id(path: Path) -> str:
    return str(BytesParser(policy=policy.default).parsebytes(path.read_bytes())["Message-ID"])


def _find_every_fourth_abnormal(request: dict[str, Any]) -> Reply:
    digest = hashlib.sha256(json.dumps(request["input"]).encode()).digest()
    state = "abnormal" if digest[0] % 4 == 0 else "normal"
    return completed(json.dumps(verdict(state)))


def draw_pictures(count: int) -> list[bytes]:
    """Different noisy pictures, for where no folder is given."""
    chance = np.random.default_rng(7)
    pictures = []
    for _ in range(count):
        pixels = chance.integers(0, 255, (120, 160, 3), np.uint8)
        pictures.append(cv2.imencode(".jpg", cv2.blur(pixels, (5, 5)))[1].tobytes())
    return pictures


def read_pictures(folders: Sequence[Path]) -> Iterator[bytes]:
    """The stills of the folders, one of each in turn."""
    rows = [sorted(one for one in folder.iterdir() if one.suffix in STILLS) for folder in folders]
    for place in range(max(len(row) for row in rows)):
        for row in rows:
            if place < len(row):
                yield row[place].read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.crashes", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    pictures = list(read_pictures(options.folders)) if options.folders else draw_pictures(40)
    books = run(pictures, uploads=options.uploads, kills=options.kills, seed=options.seed)
    for name, value in vars(books).items():
        print(f"{name:15} {value}")
    print("every promise kept" if books.kept else "A PROMISE WAS BROKEN")
    return 0 if books.kept else 1


if __name__ == "__main__":
    sys.exit(main())
