from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.alerts.policy import Cut, Episode, KnownIncident, Rule, Verdict, fold, match_episodes
from cloud.captures.models import State

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
SOMETHING, ANOTHER = UUID(int=1000), UUID(int=1001)

sequences = st.text("an", max_size=30)
rules = st.builds(
    lambda of, least, close: Rule(open_after=min(of, least), of=of, close_after=close),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 3),
)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def verdicts(letters: str) -> list[Verdict]:
    return [
        Verdict(at(minute), UUID(int=minute), letter == "a")
        for minute, letter in enumerate(letters)
    ]


def members(episodes: Sequence[Episode]) -> list[list[int]]:
    return [[member.int for member in episode.members] for episode in episodes]


def test_one_abnormal_opens_by_default() -> None:
    (episode,) = fold(verdicts("na"), Rule())
    assert episode.members == (UUID(int=1),)
    assert episode.opened_at == at(1)
    assert episode.closed_at is None


def test_two_normal_in_a_row_close_by_default() -> None:
    (episode,) = fold(verdicts("anann"), Rule())
    assert members([episode]) == [[0, 2]]
    assert episode.closed_at == at(4)


def test_one_normal_does_not_close_but_is_counted() -> None:
    (episode,) = fold(verdicts("aan"), Rule())
    assert episode.closed_at is None
    assert episode.normal_in_a_row == 1


def test_an_abnormal_after_the_end_is_another_episode() -> None:
    assert members(fold(verdicts("annaanna"), Rule())) == [[0], [3, 4], [7]]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("anna", []),
        ("ana", [[0, 2]]),
        ("aa", [[0, 1]]),
        ("anaa", [[0, 2, 3]]),
        ("nnanna", []),
    ],
)
def test_two_of_the_last_three_open(letters: str, expected: list[list[int]]) -> None:
    assert members(fold(verdicts(letters), Rule(open_after=2, of=3))) == expected


def test_what_ended_an_episode_does_not_help_to_open_the_next() -> None:
    rule = Rule(open_after=2, of=3, close_after=1)
    assert members(fold(verdicts("aana"), rule)) == [[0, 1]]


def test_more_abnormal_asked_for_than_looked_at_still_opens() -> None:
    assert members(fold(verdicts("aaa"), Rule(open_after=3, of=1))) == [[0, 1, 2]]


@pytest.mark.parametrize(
    ("state", "on_uncertain", "expected"),
    [
        (State.NORMAL, False, False),
        (State.ABNORMAL, False, True),
        (State.UNCERTAIN, False, None),
        (State.UNCERTAIN, True, True),
        (None, True, None),
    ],
)
def test_how_a_state_counts(state: State | None, on_uncertain: bool, expected: bool | None) -> None:  # noqa: FBT001 - a parameter of the test
    assert Rule(on_uncertain=on_uncertain).is_abnormal(state) is expected


def test_a_rule_reads_what_the_config_says_and_fills_in_the_rest() -> None:
    rule = Rule.read({"close_after": 3}, on_uncertain=True)
    assert rule == Rule(open_after=1, of=1, close_after=3, on_uncertain=True)


@given(sequences, rules, st.randoms())
def test_shuffled_verdicts_give_the_same_episodes(letters: str, rule: Rule, random: Random) -> None:
    ordered = verdicts(letters)
    shuffled = list(ordered)
    random.shuffle(shuffled)
    assert fold(shuffled, rule) == fold(ordered, rule)


@given(sequences, rules)
def test_only_the_last_episode_may_be_open(letters: str, rule: Rule) -> None:
    assert all(episode.closed_at for episode in fold(verdicts(letters), rule)[:-1])


@given(sequences)
def test_by_default_every_abnormal_belongs_to_exactly_one_episode(letters: str) -> None:
    held = [member for episode in fold(verdicts(letters), Rule()) for member in episode.members]
    assert held == [each.id for each in verdicts(letters) if each.abnormal]


@given(sequences, sequences, rules)
def test_carrying_an_open_incident_on_is_as_good_as_folding_all(
    before: str, after: str, rule: Rule
) -> None:
    everything = fold(verdicts(before + after), rule)
    start = fold(verdicts(before), rule)
    if not start or start[-1].closed_at is not None or start[-1].normal_in_a_row:
        return
    rest = fold(verdicts(before + after)[len(before) :], rule, carried=SOMETHING)
    assert [episode.closed_at for episode in rest] == [
        episode.closed_at for episode in everything[len(start) - 1 :]
    ]


def test_a_cut_ends_the_incident_that_it_belongs_to() -> None:
    cut = Cut(at(0.5), SOMETHING, frozenset({UUID(int=0)}))
    first, second = fold(verdicts("aa"), Rule(), cuts=[cut])
    assert (first.closed_at, first.cut_by) == (at(0.5), SOMETHING)
    assert (second.closed_at, second.cut_by) == (None, None)


def test_a_cut_leaves_another_incident_alone() -> None:
    cut = Cut(at(0.5), SOMETHING, frozenset({UUID(int=77)}))
    assert members(fold(verdicts("aa"), Rule(), cuts=[cut])) == [[0, 1]]


def test_a_cut_ends_the_carried_incident() -> None:
    cut = Cut(at(0.5), SOMETHING, frozenset())
    first, second = fold(verdicts("aa"), Rule(), carried=SOMETHING, cuts=[cut])
    assert first.cut_by == SOMETHING
    assert members([second]) == [[1]]


def known(
    incident: UUID, held: set[int], *, resolved: bool = False, minute: float = 0
) -> KnownIncident:
    captures = frozenset(UUID(int=number) for number in held)
    return KnownIncident(incident, resolved, at(minute), captures)


def test_an_episode_without_a_known_capture_is_new() -> None:
    ((_, found),) = match_episodes(fold(verdicts("a"), Rule()), [known(SOMETHING, {9})])
    assert found is None


def test_of_a_split_incident_the_later_part_keeps_it() -> None:
    pairs = match_episodes(fold(verdicts("anna"), Rule()), [known(SOMETHING, {0, 3})])
    assert [found for _, found in pairs] == [None, SOMETHING]


def test_of_two_that_are_joined_the_open_one_takes_all() -> None:
    closed = known(SOMETHING, {0}, resolved=True)
    pairs = match_episodes(fold(verdicts("aaa"), Rule()), [closed, known(ANOTHER, {2}, minute=2)])
    assert [found for _, found in pairs] == [ANOTHER]


def test_the_carried_incident_keeps_what_was_before() -> None:
    episodes = fold(verdicts("nna"), Rule(), carried=SOMETHING)
    pairs = match_episodes(episodes, [known(SOMETHING, {2})])
    assert [found for _, found in pairs] == [SOMETHING, None]
