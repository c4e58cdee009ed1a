"""What a replay's numbers are, from plain verdicts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from cloud.alerts.policy import Rule
from cloud.captures.models import DispositionVerdict, State
from cloud.evaluation.replay.figures import (
    Alarms,
    Prediction,
    Replayed,
    count_known,
    count_matrix,
    predict_incidents,
)

N, A, U = State.NORMAL, State.ABNORMAL, State.UNCERTAIN
START = datetime(2026, 11, 20, 6, tzinfo=UTC)


def row(
    before: list[State | None],
    after: list[State | None],
    known: DispositionVerdict | None = None,
    *,
    minutes: float = 60,
) -> list[Replayed]:
    return [
        Replayed(UUID(int=n + 1), START + n * timedelta(minutes=minutes), True, known, old, new)
        for n, (old, new) in enumerate(zip(before, after, strict=True))
    ]


def test_the_matrix_counts_pairs_and_leaves_out_what_has_no_verdict() -> None:
    matrix = count_matrix(row([N, N, A, U, None, A], [N, A, N, U, N, None]))
    assert matrix == {
        "normal": {"normal": 1, "abnormal": 1, "uncertain": 0},
        "abnormal": {"normal": 1, "abnormal": 0, "uncertain": 0},
        "uncertain": {"normal": 0, "abnormal": 0, "uncertain": 1},
    }


def test_known_pictures_are_counted_by_what_would_alarm() -> None:
    bad = row([A, A, U, N], [A, None, A, N], DispositionVerdict.ABNORMAL)
    good = row([N, A, U], [N, N, U], DispositionVerdict.NORMAL)
    unclear = row([A], [N], DispositionVerdict.UNCLEAR)
    known = count_known([*bad, *good, *unclear], Rule())
    assert known.abnormal == Alarms(total=4, before=2, after=2)
    assert known.normal == Alarms(total=3, before=1, after=0)
    assert not known.loses_recall
    uncertain_alarms = count_known([*bad, *good], Rule(on_uncertain=True))
    assert uncertain_alarms.abnormal == Alarms(total=4, before=3, after=2)
    assert uncertain_alarms.loses_recall


def test_incidents_a_day_are_those_that_the_rule_opens() -> None:
    before: list[State | None] = [N, A, A, N, N, A, N, N, A, N, N, N, N]
    after: list[State | None] = [N, N, N, N, N, A, A, N, N, N, N, N, N]
    assert predict_incidents(row(before, after), Rule()) == Prediction(0.5, 6, 2)
    patient = Rule(open_after=2, of=2)
    assert predict_incidents(row(before, after), patient) == Prediction(0.5, 2, 2)


def test_too_short_a_time_predicts_nothing() -> None:
    assert predict_incidents(row([A, N], [N, N], minutes=59), Rule()) is None
    assert predict_incidents(row([A, N], [N, N], minutes=60), Rule()) is not None
    assert predict_incidents([], Rule()) is None
