"""Measures how soon people hear of something abnormal, and how often of one thing.

    python -m bench.telling [--cameras 40] [--captures 500] [--think 0.2]

Starts a server with a PostgreSQL of its own, a model that is a stand-in on loopback and thinks so
many seconds before it says abnormal, and a mail server. First each camera sends one picture, one
after the other: the time from the start of the upload to the mail's arrival. Then one more camera
sends many abnormal pictures at once: how soon its first mail comes, and how many there are. Exits
with 1 where a 95th hundredth is over 5 seconds, a first mail takes over 30, or a second one comes.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import httpx2
import numpy as np

from bench.fleet import make_cameras
from bin._demo.operator import EMAIL, Operator
from bin._demo.processes import Processes, choose_port
from tests.channels.smtp_peer import SmtpPeer, run_peer
from tests.evaluation.openai_stand_in import answering, openai_stand_in
from tests.evaluation.stand_in import Reply, Script
from tests.factories import SomeDevice

HANDED_OVER_WITHIN = 5.0
FIRST_WITHIN = 30.0
PATIENCE = 60.0
LOOK_EVERY = 0.01
AT_ONCE = 8


@dataclass(frozen=True)
class Report:
    """Seconds from the start of an upload to the mail; and the mails of the camera of many."""

    cameras: int
    p50: float
    p95: float
    worst: float
    captures: int
    first_of_many: float
    mails_of_many: int

    @property
    def is_kept(self) -> bool:
        soon = self.p95 <= HANDED_OVER_WITHIN and self.first_of_many <= FIRST_WITHIN
        return soon and self.mails_of_many == 1


def thinking(seconds: float) -> Script:
    """A model that takes its time and finds everything abnormal."""
    say = answering("abnormal")

    def answer(request: dict[str, Any]) -> Reply:
        time.sleep(seconds)
        return say(request)

    return answer


async def run(cameras: int, captures: int, think: float) -> Report:
    """Measure both on one fresh server."""
    peer = SmtpPeer()
    with openai_stand_in(thinking(think)) as model, Processes() as processes:
        async with run_peer(peer):
            url, made = await asyncio.to_thread(
                _arrange, processes, model.base_url, peer.port, cameras + 1
            )
            async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
                peer.taken.clear()  # the mail of the sign-up
                took = [await _tell_of_one(client, peer, camera) for camera in made[:-1]]
                first, mails = await _tell_of_many(client, peer, made[-1], captures)
    took.sort()
    return Report(
        cameras=cameras,
        p50=round(took[len(took) // 2], 3),
        p95=round(took[int(len(took) * 0.95)], 3),
        worst=round(took[-1], 3),
        captures=captures,
        first_of_many=round(first, 3),
        mails_of_many=mails,
    )


def _arrange(
    processes: Processes, model: str, mail_port: int, cameras: int
) -> tuple[str, list[SomeDevice]]:
    port = choose_port(0)
    environment: Mapping[str, str] = {
        "VISANT_DATA_DIR": str(processes.folder),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PLATFORM_ADMIN_EMAILS": EMAIL,
        "OPENAI_API_KEY": "sk-stand-in",
        "OPENAI_BASE_URL": model,
    }
    # The operator follows the link in a mail, which only the development's mailbox keeps.
    url, server = processes.start_server_process(port, environment)
    with Operator(url, processes.folder) as operator:
        operator.sign_up()
    processes.stop(server)
    mailing = {
        "SMTP_URL": f"smtp://127.0.0.1:{mail_port}",
        "ALERT_FROM_EMAIL": "visant@example.org",
    }
    url = processes.start_server(port, {**environment, **mailing})
    return url, asyncio.run(make_cameras(Path(processes.folder), cameras))


async def _tell_of_one(client: httpx2.AsyncClient, peer: SmtpPeer, camera: SomeDevice) -> float:
    had = len(peer.taken)
    began = time.perf_counter()
    await _upload(client, camera, 1)
    await _wait_for_mail(peer, had)
    return time.perf_counter() - began


async def _tell_of_many(
    client: httpx2.AsyncClient, peer: SmtpPeer, camera: SomeDevice, captures: int
) -> tuple[float, int]:
    """How soon the first mail came, and how many there were when all captures were judged."""
    had, gate = len(peer.taken), asyncio.Semaphore(AT_ONCE)

    async def upload(sequence: int) -> str:
        async with gate:
            return await _upload(client, camera, sequence)

    began = time.perf_counter()
    first = asyncio.create_task(_wait_for_mail(peer, had))
    record_ids = await asyncio.gather(*(upload(sequence) for sequence in range(1, captures + 1)))
    told_at = await first
    for record_id in record_ids:
        await _wait_for_verdict(client, camera, record_id)
    return told_at - began, len(peer.taken) - had


async def _wait_for_mail(peer: SmtpPeer, had: int) -> float:
    """When the next mail was there. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while len(peer.taken) == had:  # noqa: ASYNC110  # a mail server tells nobody
            await asyncio.sleep(LOOK_EVERY)
    return time.perf_counter()


async def _wait_for_verdict(client: httpx2.AsyncClient, camera: SomeDevice, record_id: str) -> None:
    while True:
        answer = await client.get(
            f"/v1/captures/{record_id}/status", params={"wait": 30}, headers=camera.headers
        )
        if answer.json()["evaluation_status"] in {"completed", "failed"}:
            return


async def _upload(client: httpx2.AsyncClient, camera: SomeDevice, sequence: int) -> str:
    answer = await client.post(
        "/v1/captures",
        headers=camera.headers,
        data={
            "captured_at": "2026-11-22T08:00:00Z",
            "sequence": str(sequence),
            "spool_id": "bench",
        },
        files={"image": ("image.jpg", draw(sequence), "image/jpeg")},
    )
    if not answer.is_success:
        raise SystemExit(f"An upload was answered with {answer.status_code}: {answer.text}")
    return str(answer.json()["record_id"])


def draw(number: int) -> bytes:
    """A still that differs from every other one, as a camera's do."""
    dice = np.random.default_rng(number)
    row = np.linspace(60, 190, 640).astype(np.uint8)
    scene = np.ascontiguousarray(row[None, :, None].repeat(480, 0).repeat(3, 2))
    cv2.putText(scene, str(number), (200, 260), cv2.FONT_HERSHEY_SIMPLEX, 4, (30, 30, 30), 12)
    noisy = np.clip(scene + dice.normal(0, 6, scene.shape), 0, 255).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", noisy)[1])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.telling", description=__doc__)
    parser.add_argument("--cameras", type=int, default=40)
    parser.add_argument("--captures", type=int, default=500)
    parser.add_argument("--think", type=float, default=0.2, help="seconds of the model's")
    options = parser.parse_args()
    report = asyncio.run(run(options.cameras, options.captures, options.think))
    for name, value in vars(report).items():
        print(f"{name:15} {value}")
    print("every promise kept" if report.is_kept else "A PROMISE WAS BROKEN")
    return 0 if report.is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
