from datetime import timedelta

import pytest

from device.simulate.plan import (
    FOR_EVER,
    USUAL_SHARES,
    Fault,
    Plan,
    Run,
    Span,
    plan_camera,
    plan_upload,
)

ALL = dict.fromkeys(Fault, 1.0)


def run_with(shares: dict[Fault, float], seed: int = 1) -> Run:
    return Run(seed=seed, interval=10, seconds=600, shares=shares)


def test_the_same_seed_gives_every_camera_the_same_fate() -> None:
    first, again = run_with(ALL), run_with(dict(ALL))
    assert [plan_camera(first, n) for n in range(20)] == [plan_camera(again, n) for n in range(20)]


def test_another_seed_gives_other_fates() -> None:
    assert plan_camera(run_with(ALL), 3) != plan_camera(run_with(ALL, seed=2), 3)


def test_without_faults_a_camera_takes_all_its_pictures_on_its_grid() -> None:
    plan = plan_camera(run_with({}), 5)
    steps = {round(later - due, 6) for due, later in zip(plan.due, plan.due[1:], strict=False)}
    assert steps == {10}
    assert len(plan.due) in {59, 60}
    assert (plan.offline, plan.skew, plan.bytes_per_second) == ((), timedelta(), None)
    assert [span.end for span in plan.powered] == [FOR_EVER]


def test_no_picture_is_due_while_the_power_is_cut() -> None:
    for number in range(50):
        plan = plan_camera(run_with({Fault.CUTS: 1}), number)
        assert len(plan.powered) > 1
        assert all(any(span.holds(due) for span in plan.powered) for due in plan.due)


def test_nothing_goes_wrong_any_more_when_the_run_is_over() -> None:
    for number in range(50):
        plan = plan_camera(run_with(ALL), number)
        assert all(span.end <= 600 for span in plan.offline)
        assert plan.powered[-1].start <= 600
        assert plan.powered[-1].end == FOR_EVER


def test_about_as_many_cameras_as_asked_for_are_befallen() -> None:
    plans = [plan_camera(run_with(dict(USUAL_SHARES)), number) for number in range(1000)]
    assert 150 < sum(bool(plan.offline) for plan in plans) < 250
    assert 60 < sum(plan.skew != timedelta() for plan in plans) < 140


def test_the_same_attempt_meets_the_same_mishap_whatever_came_before() -> None:
    run = run_with({Fault.DROPS: 0.3, Fault.DUPLICATES: 0.3})
    met = [plan_upload(run, 1, sequence, 0) for sequence in range(200)]
    assert met == [plan_upload(run, 1, sequence, 0) for sequence in range(200)]
    assert set(met) == {Fault.DROPS, Fault.DUPLICATES, None}
    assert met != [plan_upload(run, 1, sequence, 1) for sequence in range(200)]


@pytest.mark.parametrize(("now", "ends"), [(0, 10), (10, 10), (15, 15), (20, 50), (60, FOR_EVER)])
def test_the_link_ends_with_the_next_spell_and_at_once_within_one(now: float, ends: float) -> None:
    plan = plan_with(offline=(Span(10, 20), Span(50, 60)))
    assert plan.link_ends(now) == ends


@pytest.mark.parametrize(("now", "since"), [(6, 5), (25, 20), (41, 40)])
def test_a_camera_could_connect_since_its_last_spell_or_start(now: float, since: float) -> None:
    plan = plan_with(offline=(Span(10, 20),), powered=(Span(5, 30), Span(40, FOR_EVER)))
    assert plan.could_connect_since(now) == since


def plan_with(
    offline: tuple[Span, ...] = (), powered: tuple[Span, ...] = (Span(0, FOR_EVER),)
) -> Plan:
    return Plan((), powered, offline, timedelta(), None, is_tight=False)
