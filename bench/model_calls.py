"""Measures what model calls cost this process, with many in flight, through the SDKs we ship.

    python -m bench.model_calls [--in-flight 200] [--rounds 3] [--seconds 1.5] [--json]

Each vendor's classifier asks a stand-in of that vendor, which runs in a process of its own and
answers after a pause. Efficiency is the time that the calls would take if nothing but the pause
counted, over the time that they took; 1 is perfect. Pictures are 1280×720 and are shrunk as usual;
`--no-shrink` sends one that needs none, to see the calls alone. CPU ms is of the whole process,
loop ms of its event loop alone, without the threads that shrink: where other work shares the
machine, that figure is the one to compare, and efficiency says little.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import Process, Queue, get_context
from time import perf_counter, process_time, thread_time
from typing import Any

from pydantic import SecretStr

from cloud.captures.models import State
from cloud.devices.config import ClassifierName
from cloud.evaluation.classifier import Classifier, Question
from cloud.evaluation.making import make_models
from cloud.evaluation.transport import ModelTransport
from cloud.kit.ids import new_id
from cloud.kit.settings import Settings
from tests.captures.pictures import draw, encode
from tests.evaluation import gemini_stand_in, openai_stand_in
from tests.evaluation.stand_in import Reply, verdict

KEY = SecretStr("stand-in")
DESCRIPTION = "Three bottles stand on the shelf. The lamp is on."
ODDS = [0.99, 0.99, 0.97, 0.97]


@dataclass(frozen=True)
class Way:
    """A way of asking: whose classifier, and the settings that choose it."""

    name: str
    classifier: ClassifierName
    settings: dict[str, Any]


WAYS = (
    Way("openai responses", ClassifierName.OPENAI, {"openai_api_key": KEY}),
    Way(
        "openai decisions",
        ClassifierName.OPENAI,
        {"openai_api_key": KEY, "openai_api": "decisions"},
    ),
    Way("gemini content", ClassifierName.GEMINI, {"gemini_api_key": KEY}),
    Way(
        "gemini decisions",
        ClassifierName.GEMINI,
        {"gemini_api_key": KEY, "gemini_model": "gemini-decision-1"},
    ),
    Way(
        "compatible chat",
        ClassifierName.COMPATIBLE,
        {"compatible_model": "some/vision-model"},
    ),
)


@dataclass(frozen=True)
class Report:
    """One way's figures."""

    way: str
    calls: int
    in_flight: int
    seconds: float
    efficiency: float
    cpu_ms_per_call: float
    loop_ms_per_call: float


async def measure(
    way: Way, address: str, picture: bytes, *, in_flight: int, rounds: int, pause: float
) -> Report:
    """Keep so many calls in flight for so many rounds. Every answer must be the stand-in's."""
    async with _classifier(way, address) as classifier:
        await _ask(classifier, picture, 1)
        began, began_cpu, began_loop = perf_counter(), process_time(), thread_time()
        await asyncio.gather(*(_ask(classifier, picture, rounds) for _ in range(in_flight)))
        seconds, cpu = perf_counter() - began, process_time() - began_cpu
        loop = thread_time() - began_loop
    calls = in_flight * rounds
    return Report(
        way=way.name,
        calls=calls,
        in_flight=in_flight,
        seconds=round(seconds, 2),
        efficiency=round(rounds * pause / seconds, 3),
        cpu_ms_per_call=round(cpu * 1000 / calls, 2),
        loop_ms_per_call=round(loop * 1000 / calls, 2),
    )


async def _ask(classifier: Classifier, picture: bytes, times: int) -> None:
    question = Question(new_id(), new_id(), new_id(), picture, DESCRIPTION, 1)
    for _ in range(times):
        answer = await classifier.classify(question)
        assert answer.state is State.NORMAL, answer.reason


@asynccontextmanager
async def _classifier(way: Way, address: str) -> AsyncIterator[Classifier]:
    path = "" if way.classifier is ClassifierName.GEMINI else "/v1"
    base_url: dict[str, Any] = {f"{way.classifier}_base_url": address + path}
    transport = ModelTransport()
    try:
        settings = Settings(_env_file=None, ai_timeout_seconds=120, **way.settings, **base_url)
        yield make_models(settings, transport)[way.classifier]
    finally:
        await transport.aclose()


@contextmanager
def slow_vendors(pause: float) -> Iterator[str]:
    """Both vendors' stand-ins behind one address, in another process."""
    context = get_context("spawn")
    ports: Queue[int] = context.Queue()
    process: Process = context.Process(target=_serve, args=(pause, ports), daemon=True)  # type: ignore[assignment]  # a spawned one is a Process too
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=60)}"
    finally:
        process.terminate()
        process.join()


def _serve(pause: float, ports: "Queue[int]") -> None:
    asyncio.run(_serve_forever(pause, ports))


async def _serve_forever(pause: float, ports: "Queue[int]") -> None:
    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (head := await _read_head(reader)) is not None:
            path, length = head
            body = await reader.readexactly(length)
            await asyncio.sleep(pause)
            said = _reply(path, body).body
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
            writer.write(f"Content-Length: {len(said)}\r\n\r\n".encode() + said)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(attend, "127.0.0.1", 0, backlog=1024)
    ports.put(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, int] | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    named = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:]}
    return head[0].split(" ")[1], int(named["content-length"])


def _reply(path: str, body: bytes) -> Reply:
    """What each vendor says at this path; only a decision's questions have to be read for it."""
    normal = json.dumps(verdict("normal"))
    if path == "/v1/responses":
        return openai_stand_in.completed(normal)
    if path == "/v1/chat/completions":
        return openai_stand_in.chatted(normal)
    if path == "/v1/decisions":
        return openai_stand_in.decided(json.loads(body), list(ODDS))
    if path.endswith("/decisions"):
        return gemini_stand_in.decided(json.loads(body), ODDS)
    return gemini_stand_in.generated(normal)


def main() -> None:
    """Read the command line and measure every way of asking."""
    parser = argparse.ArgumentParser(prog="python -m bench.model_calls", description=__doc__)
    parser.add_argument("--in-flight", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="how long a model thinks")
    parser.add_argument("--no-shrink", action="store_true")
    parser.add_argument("--json", action="store_true", help="write JSON instead of a table")
    arguments = parser.parse_args()
    size = (640, 480) if arguments.no_shrink else (1280, 720)
    picture = encode(draw(*size))
    with slow_vendors(arguments.seconds) as address:
        reports = [
            asyncio.run(
                measure(
                    way,
                    address,
                    picture,
                    in_flight=arguments.in_flight,
                    rounds=arguments.rounds,
                    pause=arguments.seconds,
                )
            )
            for way in WAYS
        ]
    if arguments.json:
        json.dump([asdict(one) for one in reports], sys.stdout, indent=2)
        return
    print(
        f"{'way':18} {'calls':>6} {'in flight':>9} {'seconds':>8} {'efficiency':>10} {'CPU ms':>7} "
        f"{'loop ms':>7}"
    )
    for one in reports:
        print(
            f"{one.way:18} {one.calls:6} {one.in_flight:9} {one.seconds:8.2f} "
            f"{one.efficiency:10.3f} {one.cpu_ms_per_call:7.2f} {one.loop_ms_per_call:7.2f}"
        )


if __name__ == "__main__":
    main()
