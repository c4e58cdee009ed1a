import pytest

from bench.drawn import DrawnScene
from bench.scenes import FAULTS, View, measure, print_table


@pytest.fixture(scope="module")
def view() -> View:
    scene = DrawnScene("yard")
    days = [scene.draw_day(number) for number in range(10)]
    return View("yard", days[:5], [*days[5:], *(scene.draw_night(number) for number in range(3))])


def test_every_good_picture_is_looked_at_and_spoiled_in_every_way(
    view: View, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = measure(view)
    assert (counts.good, counts.refused, counts.spoiled) == (8, [], 8)
    assert set(counts.caught) == set(FAULTS)
    assert sum(counts.caught.values()) >= 0.95 * 8 * len(FAULTS)
    print_table([counts])
    assert "good pictures refused: 0 of 8, 0.00 %" in capsys.readouterr().out
