"""The workers of one process: what goes on without anybody asking."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.datastructures import State

from cloud.accounts.mail_queue import QUEUE as ACCOUNT_MAILS
from cloud.accounts.mailer import Mailer
from cloud.accounts.sweeping import sweep as sweep_accounts
from cloud.alerts.delivery import SLOTS as DELIVERY_SLOTS
from cloud.alerts.delivery import Sender
from cloud.alerts.escalating import take_escalation_turn
from cloud.alerts.mailed_links import sweep_links
from cloud.alerts.queueing import DELIVERIES, ESCALATIONS
from cloud.alerts.releasing import take_release_turn
from cloud.captures.deletion import CAPTURE_DELETIONS, remove_buried
from cloud.captures.erasure import take_erasure_turn
from cloud.captures.ingest import EVALUATIONS
from cloud.captures.sweeping import sweep as sweep_captures
from cloud.captures.thinning import IMAGE_REMOVALS, remove_images
from cloud.devices.commands import COMMAND_NEWS, EXPIRIES, take_expiry_turn
from cloud.devices.looking import WATCHING
from cloud.devices.presence import PRESENCE, take_presence_turn
from cloud.devices.release import ERASURES, RELEASES
from cloud.evaluation.evaluator import Evaluator
from cloud.evaluation.replay.replayer import SLOTS as REPLAY_SLOTS
from cloud.evaluation.replay.replayer import Replayer
from cloud.evaluation.replay.starting import REPLAYS
from cloud.evaluation.thinning import prune_streaks
from cloud.events.sweeping import sweep as sweep_events
from cloud.kit.settings import Workers
from cloud.kit.worker import ClaimWorker, keep_running, once_every, work_forever
from cloud.operations.ending import DELETIONS
from cloud.operations.erasing import SLOTS as ERASING_SLOTS
from cloud.operations.erasing import Eraser
from cloud.sharing.sweeping import sweep as sweep_shares
from cloud.triggers.firing import take_firing_turn
from cloud.triggers.scheduling import SCHEDULES
from cloud.triggers.sweeping import sweep as sweep_triggers
from cloud.triggers.telling import take_telling_turn
from cloud.watch.digest.morning import LOOK_EVERY_SECONDS as DIGESTS_LOOKED_AT_EVERY_SECONDS
from cloud.watch.digest.morning import tell_of_mornings
from cloud.watch.watcher import Watcher

SWEEP_EVERY_SECONDS = 3600.0

SCHEDULES_LOOKED_AT_EVERY_SECONDS = 0.25
"""No bell rings when a moment comes."""

LOOKS_GATHERED_FOR_SECONDS = 0.2
"""A look at many cameras costs hardly more than one at one, and each verdict asks for one."""

Tasks = dict[str, asyncio.Task[None]]


def start_workers(state: State) -> Tasks:
    """Start what this process is to do: listening always, working unless `WORKERS=off`."""
    listening = {
        "bells": state.bells.run,
        "event_streams": state.event_streams.run,
        "command_streams": state.command_streams.run,
    }
    tasks = _start({name: keep_running(name, run) for name, run in listening.items()})
    if state.settings.workers is not Workers.OFF:
        tasks |= _start(_work(state))
    return tasks


def make_evaluation_worker(state: State) -> ClaimWorker:
    evaluator = Evaluator(state.database, state.store, state.settings, state.classifiers)
    return ClaimWorker(
        EVALUATIONS,
        evaluator.judge,
        state.database,
        slots=state.settings.ai_concurrency,
        lease_seconds=state.settings.lease_seconds,
    )


def make_replay_worker(state: State) -> ClaimWorker:
    replayer = Replayer(state.database, state.store, state.settings, state.classifiers)
    return ClaimWorker(
        REPLAYS,
        replayer.judge,
        state.database,
        slots=REPLAY_SLOTS,
        lease_seconds=state.settings.lease_seconds,
    )


def make_delivery_worker(state: State) -> ClaimWorker:
    sender = Sender(state.database, state.channels, state.store, state.settings)
    return ClaimWorker(
        DELIVERIES,
        sender.send,
        state.database,
        slots=DELIVERY_SLOTS,
        lease_seconds=state.settings.lease_seconds,
    )


def make_erasing_worker(state: State) -> ClaimWorker:
    return ClaimWorker(
        DELETIONS,
        Eraser(state.database, state.store).erase,
        state.database,
        slots=ERASING_SLOTS,
        lease_seconds=state.settings.lease_seconds,
    )


def _work(state: State) -> dict[str, Coroutine[Any, Any, None]]:
    mailer = Mailer(state.database, state.mail_channel, state.settings)
    return {
        "evaluator": make_evaluation_worker(state).run(state.bells),
        "replays": make_replay_worker(state).run(state.bells),
        "deliveries": make_delivery_worker(state).run(state.bells),
        "organization_deletions": make_erasing_worker(state).run(state.bells),
        "escalations": work_forever(
            "escalations",
            lambda: take_escalation_turn(state.database),
            state.bells,
            topic=ESCALATIONS.name,
        ),
        "account_mails": work_forever(
            "account_mails", mailer.turn, state.bells, topic=ACCOUNT_MAILS.name
        ),
        "presence": work_forever(
            "presence",
            lambda: take_presence_turn(state.database),
            state.bells,
            topic=PRESENCE.name,
        ),
        "watching": work_forever(
            "watching",
            Watcher(state.database, state.settings).turn,
            state.bells,
            topic=WATCHING.name,
            gather=LOOKS_GATHERED_FOR_SECONDS,
        ),
        "command_expiry": work_forever(
            "command_expiry",
            lambda: take_expiry_turn(state.database),
            state.bells,
            topic=EXPIRIES.name,
        ),
        "command_news": work_forever(
            "command_news",
            lambda: take_telling_turn(state.database),
            state.bells,
            topic=COMMAND_NEWS.name,
        ),
        "scheduler": work_forever(
            "scheduler",
            lambda: take_firing_turn(state.database),
            state.bells,
            topic=SCHEDULES.name,
            look_every=SCHEDULES_LOOKED_AT_EVERY_SECONDS,
        ),
        "releases": work_forever(
            "releases",
            lambda: take_release_turn(state.database),
            state.bells,
            topic=RELEASES.name,
        ),
        "erasures": work_forever(
            "erasures",
            lambda: take_erasure_turn(state.database),
            state.bells,
            topic=ERASURES.name,
        ),
        "accounts_sweeper": work_forever(
            "accounts_sweeper",
            once_every(SWEEP_EVERY_SECONDS, lambda: sweep_accounts(state.database)),
            state.bells,
            topic="accounts_sweeper",
        ),
        "mailed_links_sweeper": work_forever(
            "mailed_links_sweeper",
            once_every(SWEEP_EVERY_SECONDS, lambda: sweep_links(state.database)),
            state.bells,
            topic="mailed_links_sweeper",
        ),
        "digests": work_forever(
            "digests",
            once_every(
                DIGESTS_LOOKED_AT_EVERY_SECONDS,
                lambda: tell_of_mornings(state.database, state.settings),
            ),
            state.bells,
            topic="digests",
        ),
        "events_sweeper": work_forever(
            "events_sweeper",
            once_every(SWEEP_EVERY_SECONDS, lambda: sweep_events(state.database)),
            state.bells,
            topic="events_sweeper",
        ),
        "triggers_sweeper": work_forever(
            "triggers_sweeper",
            once_every(SWEEP_EVERY_SECONDS, lambda: sweep_triggers(state.database)),
            state.bells,
            topic="triggers_sweeper",
        ),
        "shares_sweeper": work_forever(
            "shares_sweeper",
            once_every(SWEEP_EVERY_SECONDS, lambda: sweep_shares(state.database)),
            state.bells,
            topic="shares_sweeper",
        ),
        "captures_sweeper": work_forever(
            "captures_sweeper",
            once_every(SWEEP_EVERY_SECONDS, lambda: sweep_captures(state.database, state.store)),
            state.bells,
            topic="captures_sweeper",
        ),
        "image_removals": work_forever(
            "image_removals",
            lambda: remove_images(state.database, state.store),
            state.bells,
            topic=IMAGE_REMOVALS.name,
        ),
        "streak_pruning": work_forever(
            "streak_pruning",
            once_every(SWEEP_EVERY_SECONDS, lambda: prune_streaks(state.database)),
            state.bells,
            topic="streak_pruning",
        ),
        "capture_deletions": work_forever(
            "capture_deletions",
            lambda: remove_buried(state.database, state.store),
            state.bells,
            topic=CAPTURE_DELETIONS.name,
        ),
    }


def _start(work: dict[str, Coroutine[Any, Any, None]]) -> Tasks:
    return {name: asyncio.create_task(coroutine, name=name) for name, coroutine in work.items()}
