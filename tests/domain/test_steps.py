"""Work in steps, all of them at once."""

from collections.abc import Generator

from domain.steps import whole


def test_what_is_left_is_done_and_its_outcome_is_the_answer() -> None:
    done = list[int]()

    def work() -> Generator[None, None, str]:
        for step in range(3):
            done.append(step)
            yield
        return "made"

    steps = work()
    next(steps)

    assert whole(steps) == "made"
    assert done == [0, 1, 2]
