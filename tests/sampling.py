"""Which of many alike, expensive cases a run of the tests takes.

By default it is a sample, drawn by the seed that pytest-randomly prints (`--randomly-seed`), so that each run takes
other cases and each can be repeated. `--whole` takes all of them: that is what CI does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pytest

Case = TypeVar("Case")

MARK = "sampled: of the cases of this test, take one in so many, drawn by the seed; all of them with --whole"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How samples are drawn in one run of the tests.

    Attributes:
        seed: Of the run; the same one draws the same samples.
        whole: Whether everything is taken.
    """

    seed: int
    whole: bool = False

    @classmethod
    def of(cls, config: pytest.Config) -> Sampling:
        """What the command line asks for."""
        # It is a word until pytest-randomly has started, and there is none under `-p no:randomly`.
        seed = config.getoption("randomly_seed", 0)
        return cls(seed if isinstance(seed, int) else 0, whole=bool(config.getoption("whole", default=False)))

    def take(self, cases: Sequence[Case], one_in: int, name: str) -> list[Case]:
        """One case in so many, at least one, in their order.

        Args:
            cases: All of them.
            one_in: How many cases stand for one that is taken.
            name: Of the sample: samples of other names are drawn independently.
        """
        if self.whole or not cases:
            return list(cases)
        dice = Random(f"{self.seed}:{name}")
        taken = sorted(dice.sample(range(len(cases)), -(-len(cases) // one_in)))
        return [cases[index] for index in taken]

    def first(self, one_in: int, name: str) -> tuple[int, int]:
        """Where to begin, and in which steps to go on, through cases that are counted while they are met."""
        return (0, 1) if self.whole else (Random(f"{self.seed}:{name}").randrange(one_in), one_in)


def keep(items: Iterable[pytest.Item], sampling: Sampling) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Part tests into those that run and those that the sample leaves out, by their `sampled` marks."""
    items = list(items)
    groups: dict[tuple[str, int], list[pytest.Item]] = defaultdict(list)
    for item in items:
        if mark := item.get_closest_marker("sampled"):
            groups[item.nodeid.partition("[")[0], mark.args[0]].append(item)
    left_out = set()
    for (name, one_in), group in groups.items():
        # Sorted, since their order is drawn too.
        group.sort(key=lambda item: item.nodeid)
        left_out.update(set(group).difference(sampling.take(group, one_in, name)))
    return [item for item in items if item not in left_out], [item for item in items if item in left_out]
