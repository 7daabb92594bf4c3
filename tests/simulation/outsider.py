"""Somebody who changes collections and values of our resources in the console, at random moments."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from cloudwright.local.cloud import DEFAULT_ACCOUNT
from simulation.invariants import of_record
from simulation.world import MARK

if TYPE_CHECKING:
    from random import Random

    from cloudwright.control.model import Call
    from simulation.world import Physical, World


class Outsider:
    """Acts right before a resource is read, so never between a read and the write that follows from it.

    Cloud Control has no conditional write: what others do within that moment can't be seen by any client.
    """

    def __init__(self, world: World, dice: Random) -> None:
        self.world, self.dice = world, dice
        self.rate = 0.0
        self.was_here = False
        self._number = 0

    def come(self, rate: float) -> None:
        """Act from now on, at each read with this probability."""
        self.rate = rate
        self.world.visitor = self.see

    def leave(self) -> None:
        """Never act again."""
        self.rate = 0.0

    def see(self, call: Call) -> None:
        """Act, or not."""
        if call.service != "cloudcontrolapi":
            return
        fields = json.loads(call.body)
        one = (fields.get("TypeName", ""), DEFAULT_ACCOUNT, call.target.region, fields.get("Identifier", ""))
        if call.action != "GetResource":
            if call.action == "DeleteResource":
                self.world.gone(one)
            return
        if self.dice.random() >= self.rate:
            return
        if one in self.world.ours() and not self._is_busy(one):
            self._change(one)

    def visit(self) -> None:
        """Act on one resource while no run goes on."""
        ours = sorted(self.world.ours())
        if ours and self.dice.random() < self.rate:
            self._change(self.dice.choice(ours))

    def _is_busy(self, one: Physical) -> bool:
        """Whether an update of it is under way, which read it before."""
        updates = (r for r in self.world.cloud.requests() if r.identifier == one[3] and r.operation != "CREATE")
        return self.world.is_sending(one[3]) or any(r.status in {"PENDING", "IN_PROGRESS"} for r in updates)

    def _change(self, one: Physical) -> None:
        document = copy.deepcopy(dict(self.world.live()[one].properties))
        places = list(_collections(document))
        values = [name for name in _VALUES if name in document]
        if values and (not places or self.dice.random() < 0.3):
            name, mark = self.dice.choice(values), ""
            document[name] = self._other_value(one, name, document[name])
        elif places:
            mark = self._touched(self.dice.choice(places))
        else:
            return
        self.was_here = True
        type_name, account, region, identifier = one
        self.world.say(f"  others change {type_name} {identifier}: {mark or 'something of ours'}")
        self.world.cloud.modify(account, region, type_name, identifier, document)
        if mark:
            self.world.added[mark] = one

    def _other_value(self, one: Physical, name: str, here: Any) -> Any:
        """Another text, or `None` to remove what holds no element of theirs."""
        if isinstance(here, str) and self.dice.random() < 0.5:
            return f"{here}, changed"
        return None if MARK not in json.dumps(here) and self._was_returned(one, name) else here

    def _was_returned(self, one: Physical, name: str) -> bool:
        """Whether the state shows that reads return a property.

        What is removed before any read has returned it can't be distinguished from what no read returns.
        """
        return any(of_record(record) == one and name in record.observed for record in self.world.snapshot().records)

    def _touched(self, here: Any) -> str:
        """Add, change, remove or reorder elements in place; the mark of what was added."""
        drawn = self.dice.random()
        if isinstance(here, dict) or drawn < 0.6 or not here:
            return self._add(here)
        ours = [at for at, each in enumerate(here) if MARK not in json.dumps(each)]
        if drawn < 0.75 and ours:
            del here[self.dice.choice(ours)]
        else:
            self.dice.shuffle(here)
        return ""

    def _add(self, here: Any) -> str:
        self._number += 1
        mark = f"{MARK}{self._number}-"
        if isinstance(here, dict):
            here[mark] = "x"
        else:
            here.insert(self.dice.randint(0, len(here)), _strange(here[0], mark))
        return mark


def _strange(like: Any, mark: str) -> Any:
    """An element of the same form in which each text is the mark, but for what has few values."""
    if isinstance(like, dict):
        return {name: value if name in _FEW else _strange(value, mark) for name, value in like.items()}
    return mark if isinstance(like, str) else copy.deepcopy(like)


_VALUES = ("Description", "DisplayName", "Tags")
"""Declared values that others change or remove."""

_FEW = frozenset({"Effect", "Principal", "Action", "Resource"})


def _collections(document: dict[str, Any]) -> list[Any]:
    """The lists and maps of our resources to which others may add."""
    found = [document.get("Tags"), document.get("Distributions")]
    policy = document.get("PolicyDocument")
    found.append(policy.get("Statement") if isinstance(policy, dict) else None)
    return [each for each in found if isinstance(each, (dict, list)) and each]
