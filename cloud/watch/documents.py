"""The Device document: the one form in which a camera is shown, by the API and on pages."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from cloud.captures.models import SCENE_UNUSABLE
from cloud.devices.config import ClassifierName, ConfigDocument, read_config
from cloud.devices.device_time import waits_since
from cloud.devices.models import DeviceStatus
from cloud.devices.presence import INTERVALS_UNTIL_OFFLINE, live_snooze
from cloud.devices.versions import find_upgrade
from cloud.evaluation.baseline.memory import MINIMUM_REFERENCES
from cloud.evaluation.budget.refusing import BUDGET_PAUSED, NOT_SAMPLED
from cloud.kit.settings import Settings
from cloud.watch.facts import Facts, LatestCapture, Learning, LeftOut
from cloud.watch.pace import read_order
from cloud.watch.queries import Sighting
from cloud.watch.truth import Truth, find_truth
from device.wire import CameraState

DAY = timedelta(days=1)

AI_FAILURE = "ai_"
"""How the codes begin of failures that are a model's, not ours."""

LEFT_OUT = {NOT_SAMPLED: LeftOut.SOME, BUDGET_PAUSED: LeftOut.ALL}


def device_document(sighting: Sighting, settings: Settings, now: datetime) -> dict[str, Any]:
    """The Device of the contract."""
    row = sighting.row
    upgrade = find_upgrade(row.device_version)
    facts = facts_of(row, read_config(row.config, settings), now)
    return {
        "device_id": row.unit_id,
        "friendly_name": row.friendly_name,
        "status": row.status,
        "snoozed_until": live_snooze(row.snoozed_until, now),
        "location": row.location,
        "is_online": facts.is_online(now),
        "watching": vars(known_truth(row, find_truth(facts, now))),
        "learning": vars(facts.learning) if facts.learning else None,
        "last_seen_at": row.last_seen_at,
        "last_ip": row.last_ip,
        "device_version": row.device_version,
        "upgrade": vars(upgrade) if upgrade else None,
        "heartbeat": _heartbeat(row),
        "config_version": row.config_version,
        "activated_at": row.activated_at,
        "latest_capture": sighting.latest_capture,
        "fresh_until": facts.fresh_until,
        "counts_24h": {
            "due": count_due(facts, now - DAY, now),
            **sighting.counts._asdict(),
        },
    }


def known_truth(row: Row[Any], truth: Truth) -> Truth:
    """The truth with the since-when that was written down when it began to be so."""
    is_known = row.change_state == truth.state and row.change_code == truth.code
    return replace(truth, since=row.change_since) if is_known else truth


def facts_of(row: Row[Any], config: ConfigDocument, now: datetime) -> Facts:
    """What the rule of watching needs of a row."""
    online_for = timedelta(seconds=INTERVALS_UNTIL_OFFLINE * config.heartbeat.interval_seconds)
    changed_at = row.status_changed_at or row.activated_at
    is_paused = row.status == DeviceStatus.PAUSED
    facts = Facts(
        activated_at=row.activated_at,
        trial_ends_at=row.trial_ends_at,
        interval=timedelta(seconds=config.trigger.interval_seconds),
        orders=tuple(map(read_order, row.orders)),
        paused_since=changed_at if is_paused else None,
        resumed_at=changed_at if not is_paused and changed_at > row.activated_at else None,
        takes_by_itself=config.trigger.enabled,
        takes_at_input=config.trigger.digital_input_enabled,
        last_heard_at=row.last_seen_at,
        online_for=online_for,
        sends_heartbeats=row.heartbeat is not None,
        latest=_latest(row),
        arrived_at=row.last_captured_at,
        first_received_at=row.first_received_at,
        last_judged_at=row.last_judged_at,
        unusable=_unusable(row),
        future_received_at=row.future_received_at,
        learning=_learning(row, config),
        lacks_description=_lacks_description(row, config),
        camera_trouble=_camera_trouble(row),
    )
    reported = (row.heartbeat or {}).get("interval_seconds")
    if reported is None or not _is_believed(row, facts, now):
        return facts
    return replace(facts, interval=timedelta(seconds=reported))


def count_due(facts: Facts, begin: datetime, end: datetime) -> int:
    """How many captures a span should have brought, since activation at the earliest."""
    if facts.paused_since is not None:
        return 0
    begin = max(facts.activated_at, begin)
    return facts.pace.count_due(begin, end, by_itself=facts.takes_by_itself)


def _heartbeat(row: Row[Any]) -> dict[str, Any] | None:
    """How the camera's computer was when it last said so; what it did not say is None."""
    said = row.heartbeat
    if said is None:
        return None
    spool = said.get("spool") or {}
    return {
        "uptime_seconds": said.get("uptime_seconds"),
        "temperature_c": said.get("temperature_c"),
        "disk_free_bytes": said.get("disk_free_bytes"),
        "spool_waiting": spool.get("waiting"),
        "spool_oldest_at": waits_since(spool, activated_at=row.activated_at),
        "spool_dropped": spool.get("dropped"),
        "output_on": said.get("output_on"),
        "camera_trouble": _camera_trouble(row),
    }


def _camera_trouble(row: Row[Any]) -> str | None:
    camera = (row.heartbeat or {}).get("camera") or {}
    return None if camera.get("state") == CameraState.OK else camera.get("detail")


def _is_believed(row: Row[Any], facts: Facts, now: datetime) -> bool:
    """Whether the camera still does what it said: one that is gone knows of nothing set since.

    One that is there is held to it until it says otherwise, or it would be late at once.
    """
    return row.heartbeat.get("config_version") == row.config_version or facts.is_online(now)


def _latest(row: Row[Any]) -> LatestCapture | None:
    if row.latest_id is None:
        return None
    code = row.latest_failure_code
    return LatestCapture(
        row.latest_captured_at,
        row.latest_received_at,
        failure=None if code is None else row.latest_failure_detail or code,
        failed_at_ai=code is not None and code.startswith(AI_FAILURE),
        left_out=LEFT_OUT.get(code or ""),
    )


def _unusable(row: Row[Any]) -> str | None:
    reason: str = row.last_judged_reason or ""
    if not reason.startswith(SCENE_UNUSABLE):
        return None
    return reason.removeprefix(SCENE_UNUSABLE)


def _learning(row: Row[Any], config: ConfigDocument) -> Learning | None:
    needs_it = _judges(config, ClassifierName.BASELINE)
    if not needs_it or row.marked_normal >= MINIMUM_REFERENCES:
        return None
    return Learning(row.marked_normal, MINIMUM_REFERENCES)


def _lacks_description(row: Row[Any], config: ConfigDocument) -> bool:
    return config.evaluation.classifier is not ClassifierName.BASELINE and not row.is_described


def _judges(config: ConfigDocument, name: ClassifierName) -> bool:
    section = config.evaluation
    return section.classifier is name or (section.consensus and section.secondary is name)
