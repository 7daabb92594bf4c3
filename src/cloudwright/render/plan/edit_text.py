"""The lines below a step: each path with its old and its new value, and the consequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.diff.masking import holds_secret
from cloudwright.diff.model import KNOWN_LATER, MISSING, REORDERED, VALUE_DIFFERS
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.document import is_unknown_marker
from cloudwright.render.plan.edits import Edit, edits_of
from cloudwright.render.terminal.escaping import cells, pad, visible
from cloudwright.render.text_diff import bounded, diff_lines, texts_of
from cloudwright.render.values import fold, is_secret, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.plan.model import Change
    from cloudwright.render.terminal.style import TerminalStyle

CHANGED_SECRET = "(secret, changed)"  # noqa: S105 - shown in place of a secret

RULES = {
    "createOnly": "create-only: AWS can't change it in place",
    "conditionalCreateOnly": "may be create-only: AWS decides when it happens",
    "noUpdateHandler": "this type can't be updated in place",
    "target": "the account, Region or credential source changed",
    "tainted": "its last create failed",
    "requested": "you requested it",
    "replaceOn": "listed in replace_on",
    "drift": "changed outside cloudwright",
    "writeOnly": "write-only: AWS never shows it, so it is compared with what was last sent",
}
"""The sentence for a change's rule, if the change itself has none."""

_OBVIOUS = {VALUE_DIFFERS, REORDERED, MISSING, KNOWN_LATER}
"""Reasons that are clear from the line with both values."""

_MARKS = {"add": ("+", "green"), "remove": ("-", "red"), "replace": ("~", "yellow"), "order": ("~", "yellow")}
_MARKS |= {"none": (" ", "dim")}
_INDENT = " " * 6
_DIFF_COLORS = {"-": "red", "+": "green"}
_DIFF_LINES = 12
"""Limit of lines of a text's comparison without `--full`."""
_LONG_LIST = 8
"""Limit of list values that are shown one per line; more are put on one line without `--full`."""
_SHORT = 48
"""Values up to this many columns are not folded: folding would hide much and save little."""


@dataclass(frozen=True, slots=True)
class EditText:
    """Formats edits for one output.

    Attributes:
        style: The capabilities of the output.
        full: Never fold a value.
        hint: How to show the omitted lines.
        forcing: The phrase for a change that forces a replacement: "may force" if the step may turn out to be an
            update.
    """

    style: TerminalStyle
    full: bool = False
    hint: str = ""
    forcing: str = "forces replacement"

    def document(self, document: Mapping[str, object]) -> Iterator[str]:
        """A new resource's properties, nested where they don't fit on a line."""
        width = max((cells(visible(name)) for name in document), default=0)
        for name, value in document.items():
            yield from self._tree(name, value, mark="add", depth=0, width=width)

    def listing(self, document: Mapping[str, object]) -> Iterator[str]:
        """A document that is only shown, not changed."""
        width = max((cells(visible(name)) for name in document), default=0)
        for name, value in document.items():
            yield from self._tree(name, value, mark="none", depth=0, width=width)

    def changes(self, changes: Iterable[Change]) -> Iterator[str]:
        """The changes of an existing resource, each with its path."""
        edits = [(change if first else None, edit) for change in changes for first, edit in _numbered(change)]
        width = min(max((cells(_name(edit)) for _, edit in edits), default=0), max(20, self.style.width // 3))
        for change, edit in edits:
            yield from self._edit(edit, width, change)

    def _edit(self, edit: Edit, width: int, change: Change | None) -> Iterator[str]:
        remark = _remark(change, self.forcing)
        if edit.kind in {"add", "remove"} and not remark:
            value = edit.new if edit.kind == "add" else edit.old
            yield from self._tree(_name(edit), value, mark=edit.kind, depth=0, width=width)
            return
        mark, color = ("!", "magenta") if change and change.forces else _MARKS[edit.kind]
        head = f"{_INDENT}{self.style.paint(mark, color)} "
        texts = None if edit.kind != "replace" else texts_of(edit.old, edit.new)
        if texts:
            decoded = "" if edit.new in texts else "(base64)"
            yield from self._with_remark(head, _name(edit), decoded, remark)
            yield from self._changed_lines(*texts)
            return
        name = pad(_name(edit), width)
        value = self._difference(edit, self._width_left(name))
        if value is not None:
            yield from self._with_remark(head, name, value, remark)
            return
        yield f"{head}{name.rstrip()}"
        yield from self._two_lines(edit)
        if remark:
            yield self._below(remark)

    def _with_remark(self, head: str, name: str, value: str, remark: str) -> Iterator[str]:
        """A change with its reason on the same line, or below it if that is too long."""
        fits = cells(value) + cells(remark) + 2 <= self._width_left(name)
        parts = (f"{head}{name}", value, self.style.paint(remark, "dim") if fits else "")
        yield "  ".join(part for part in parts if part)
        if remark and not fits:
            yield self._below(remark)

    def _width_left(self, name: str) -> int:
        return self.style.width - len(_INDENT) - 4 - cells(name)

    def _below(self, remark: str) -> str:
        return self.style.paint(f"{_INDENT}    {remark}", "dim")

    def _changed_lines(self, old: str, new: str) -> Iterator[str]:
        lines = diff_lines(old, new)
        shown, hidden = (lines, 0) if self.full else bounded(lines, _DIFF_LINES)
        for line in shown:
            text = line.text if self.full else line.clipped(self._width_left("") - 2)
            painted = f"{line.mark} {text}" if line.mark else text
            yield f"{_INDENT}    {self.style.paint(painted.rstrip(), _DIFF_COLORS.get(line.mark, 'dim'))}"
        if hidden:
            yield self._below(f"# {hidden} more lines{self.hint}")

    def _difference(self, edit: Edit, space: int) -> str | None:
        """Old and new on one line; `None` if they need two."""
        if edit.old is None and edit.new is None:
            return ""
        if edit.kind == "order":
            return f"({REORDERED})"
        if edit.kind == "add":
            return self._folded(edit.new, space)
        if edit.kind == "remove":
            return self._folded(edit.old, space)
        if holds_secret(edit.old) or holds_secret(edit.new):
            return CHANGED_SECRET
        line = f"{text_of(edit.old)} {self._arrow} {text_of(edit.new)}"
        return line if cells(line) <= space else None

    def _two_lines(self, edit: Edit) -> Iterator[str]:
        space = self.style.width - len(_INDENT) - 7
        yield f"{_INDENT}    {self._folded(edit.old, space)}"
        yield f"{_INDENT}    {self._arrow} {self._folded(edit.new, space)}"

    @property
    def _arrow(self) -> str:
        return self.style.glyph("→", "->")

    def _folded(self, value: Any, space: int, text: str | None = None) -> str:
        text = text_of(value) if text is None else text
        whole = self.full or is_unknown_marker(value) or is_secret(value) or cells(text) <= _SHORT
        return text if whole else fold(text, max(space, 24))

    def _tree(self, name: str, value: Any, *, mark: str, depth: int, width: int) -> Iterator[str]:
        name, value = _through_single_elements(visible(name), value)
        sign, color = _MARKS[mark]
        head = f"{_INDENT}{self.style.paint(sign, color) if depth == 0 else ' '} {'  ' * depth}"
        space = self.style.width - len(_INDENT) - 4 - 2 * depth - max(width, cells(name))
        text = text_of(value)
        if not _has_members(value) or cells(text) <= space:
            yield f"{head}{pad(name, width)}  {self._folded(value, space, text)}"
            return
        if not self.full and _is_long_list(value):
            yield f"{head}{pad(name, width)}  {_first_values(value, space)}"
            return
        yield f"{head}{name}"
        members = _members(value)
        inner = max(cells(visible(member)) for member, _ in members)
        for member, part in members:
            yield from self._tree(member, part, mark=mark, depth=depth + 1, width=inner)


def _numbered(change: Change) -> Iterator[tuple[bool, Edit]]:
    return ((n == 0, edit) for n, edit in enumerate(edits_of(change)))


def _name(edit: Edit) -> str:
    return visible(edit.path.removeprefix("/")) or "(resource)"


def why(change: Change) -> str:
    """The consequence of a change, as text; empty if the values are enough.

    Args:
        change: One difference. A change of the whole resource (an empty path) has its own sentence.
    """
    shown = "" if change.reason in _OBVIOUS else change.reason
    rule = RULES.get(change.rule, "")
    return (shown or rule) if not change.path else (rule or shown)


def _remark(change: Change | None, forcing: str) -> str:
    if change is None:
        return ""
    words = why(change)
    if change.forces:
        words = f"{forcing}: {words}" if words else forcing
    return f"# {visible(words)}" if words else ""


def _has_members(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value) and not is_secret(value) and not is_unknown_marker(value)


def _is_long_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) > _LONG_LIST and not any(_has_members(item) for item in value)


def _first_values(values: list[Any], space: int) -> str:
    """As many values as fit into one line, at least one, and the number of the rest."""
    shown = [text_of(value) for value in values]
    for count in range(len(shown) - 1, 0, -1):
        text = f"{', '.join(shown[:count])} and {len(shown) - count} more"
        if cells(text) <= space or count == 1:
            break
    return text


def _members(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else [(str(n), item) for n, item in enumerate(value)]


def _through_single_elements(name: str, value: Any) -> tuple[str, Any]:
    """A list of one mapping is not shown as a separate level: `Distributions/0`."""
    while isinstance(value, list) and len(value) == 1 and _has_members(value[0]):
        name, value = f"{name}/0", value[0]
    return name, value
