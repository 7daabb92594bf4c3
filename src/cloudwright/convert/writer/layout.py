"""Lays out expressions and statements: on one line if it fits, else one element per line, with trailing commas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.writer.code import (
    Assign,
    Await,
    CallOf,
    Choice,
    Code,
    DictOf,
    Each,
    For,
    Formatted,
    If,
    IndexOf,
    ListOf,
    MethodOf,
    Not,
    Operands,
    Raw,
    Return,
    Star,
    Statement,
    TextOf,
)
from cloudwright.convert.writer.quotes import body, fewest_escapes, literal
from cloudwright.generate.source import WIDTH, comment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STEP = 4
_LOOSE = {"or": 1, "and": 2, "==": 4, "!=": 4}


def lines(statements: Iterable[Statement], indent: int) -> list[str]:
    """Statements as source lines.

    Args:
        statements: In order.
        indent: Columns before each.
    """
    found: list[str] = []
    before: Statement | None = None
    for statement in statements:
        found += [""] if _begins_a_paragraph(statement, before) else []
        found += _lines(statement, indent)
        before = statement
    return found


def _begins_a_paragraph(statement: Statement, before: Statement | None) -> bool:
    """Whether a blank line is put above, so that the comment stands out."""
    commented = isinstance(statement, Assign) and bool(statement.remarks)
    return commented and before is not None and not isinstance(before, Await)


def _lines(statement: Statement, indent: int) -> list[str]:
    blanks = " " * indent
    match statement:
        case Await():
            return [f"{blanks}await {statement.name}"]
        case Return():
            return _with_head("return ", statement.value, indent)
        case If():
            head = source(statement.condition, indent, len("if :"))
            return [*f"{blanks}if {head}:".split("\n"), *lines(statement.body, indent + STEP)]
        case For():
            return [*_loop_head(statement, indent), *lines(statement.body, indent + STEP)]
        case Assign():
            remarks = [line for remark in statement.remarks for line in comment(remark, indent)]
            note = f": {statement.note}" if statement.note else ""
            head = f"{statement.name}{note} = " if statement.name else ""
            return [*remarks, *_with_head(head, statement.value, indent)]


def _loop_head(loop: For, indent: int) -> list[str]:
    blanks, names = " " * indent, ", ".join(loop.names)
    single = len(loop.names) == 1
    whole = f"{blanks}for {names} in ({_joined([row[0] for row in loop.rows], '')}):"
    if single and len(whole) <= WIDTH:
        return [whole]
    rows: list[Code] = [row[0] if single else ListOf(row) for row in loop.rows]
    table = _rows("(", [_tuple(one, indent + STEP) for one in rows], ")", indent)
    return f"{blanks}for {names} in {table}:".split("\n")


def _tuple(code: Code, indent: int) -> str:
    """A tuple, laid out as a list is."""
    found = source(code, indent, 1)
    return f"({found[1:-1]})" if isinstance(code, ListOf) else found


def _with_head(head: str, value: Code, indent: int) -> list[str]:
    if isinstance(value, CallOf) and indent + len(head) + len(value.function) + 1 > WIDTH:
        inner = source(value, indent + STEP, 0)
        return f"{' ' * indent}{head}{_block('(', [inner], ')', indent)}".split("\n")
    return f"{' ' * indent}{head}{source(value, indent, len(head))}".split("\n")


def source(code: Code, indent: int, used: int) -> str:
    """An expression's source.

    Args:
        code: The expression.
        indent: Columns before the line on which it begins.
        used: Columns that the rest of the line takes: a keyword, a comma.
    """
    whole = flat(code)
    if len(whole) + indent + used <= WIDTH and "\n" not in whole:
        return whole
    inner = indent + STEP
    match code:
        case TextOf():
            return _pieces((code.value,), indent, whole)
        case Formatted():
            return _pieces(code.parts, indent, whole)
        case ListOf() if code.items:
            return _rows("[", [source(item, inner, 1) for item in code.items], "]", indent)
        case DictOf() if code.pairs:
            return _rows("{", [_pair(key, value, inner) for key, value in code.pairs], "}", indent)
        case CallOf() if code.arguments:
            return _rows(f"{code.function}(", [_argument(*one, inner) for one in code.arguments], ")", indent)
        case MethodOf(CallOf() as owner, name) if _is_awaited(owner) and _is_long(owner, indent, used + len(name) + 4):
            return f"{_block('(', [source(owner, inner, 0)], ')', indent)}.{name}({_joined(code.arguments, '')})"
        case MethodOf() if code.arguments and not _is_long(code.owner, indent, len(code.name) + 2):
            head = f"{_operand(code.owner, 9)}.{code.name}("
            return _rows(head, [_argument("", one, inner) for one in code.arguments], ")", indent)
        case IndexOf() | Star():
            return _suffixed(code, indent, used)
        case Choice():
            return _choice(code, indent)
        case Operands():
            return _operation(code, indent)
        case Each():
            rows = [source(code.result, inner, 0), f"for {code.name} in {source(code.items, inner, 0)}"]
            return _block("[", rows, "]", indent)
    return whole


def _suffixed(code: IndexOf | Star, indent: int, used: int) -> str:
    """`owner[key]` and `*items`: a choice in them keeps its parentheses."""
    match code:
        case IndexOf() if len(_operand(code.owner, 9)) + indent + used < WIDTH:
            return _block(f"{_operand(code.owner, 9)}[", [source(code.key, indent + STEP, 0)], "]", indent)
        case IndexOf(CallOf() as owner) if _is_awaited(owner):
            return f"{_block('(', [source(owner, indent + STEP, 0)], ')', indent)}[{flat(code.key)}]"
        case IndexOf(MethodOf(CallOf() as awaited) as owner) if _is_awaited(awaited):
            key = f"[{flat(code.key)}]"
            return f"{source(owner, indent, used + len(key))}{key}"
        case IndexOf(Choice() as chosen):
            return f"{_choice(chosen, indent)}[{flat(code.key)}]"
        case Star(Choice() as chosen):
            return f"*{_choice(chosen, indent)}"
        case Star():
            return f"*{source(code.items, indent, used + 1)}"
    return flat(code)


def _is_awaited(call: CallOf) -> bool:
    return call.function.startswith("await ")


def _is_long(code: Code, indent: int, used: int) -> bool:
    return len(flat(code)) + indent + used > WIDTH


def _argument(keyword: str, value: Code, indent: int) -> str:
    head = f"{keyword}=" if keyword else ""
    found = source(value, indent, len(head) + 1)
    if not keyword and isinstance(value, TextOf | Formatted) and found.startswith("("):
        return found
    return f"{head}{found}"


def _pair(key: str, value: Code, indent: int) -> str:
    head = f"{literal(key)}: "
    return f"{head}{source(value, indent, len(head) + 1)}"


def _rows(opening: str, rows: Sequence[str], closing: str, indent: int) -> str:
    return _block(opening, [f"{row}," for row in rows], closing, indent)


def _block(opening: str, rows: Sequence[str], closing: str, indent: int) -> str:
    blanks = " " * (indent + STEP)
    return "\n".join([opening, *(f"{blanks}{row}" for row in rows), f"{' ' * indent}{closing}"])


def _choice(code: Choice, indent: int) -> str:
    inner = indent + STEP
    whole = flat(code)
    if inner + len(whole) <= WIDTH:
        return _block("(", [whole], ")", indent)
    rows = [_then(code.then, inner, 0)]
    last: Code = code
    while isinstance(last, Choice):
        rows.append(f"if {source(last.condition, inner, 3)}")
        otherwise = last.otherwise
        following = _then(otherwise.then, inner, 5) if isinstance(otherwise, Choice) else source(otherwise, inner, 5)
        rows.append(f"else {following}")
        last = otherwise
    return _block("(", rows, ")", indent)


def _then(code: Code, indent: int, used: int) -> str:
    """The first value of a choice, in parentheses if it is a choice itself."""
    if not isinstance(code, Choice):
        return source(code, indent, used)
    whole = f"({flat(code)})"
    return whole if len(whole) + indent + used <= WIDTH else _choice(code, indent)


def _operation(code: Operands, indent: int) -> str:
    inner = indent + STEP
    rank = _LOOSE[code.operator]
    *others, last = code.operands
    if len(others) == 1 and isinstance(last, Not) and isinstance(last.operand, Operands):
        # Formatters split inside the brackets at the end of an expression, if it has any.
        head = f"{_operand(others[0], rank)} {code.operator} not "
        if indent + len(head) + 1 <= WIDTH - STEP:
            return head + _in_parentheses(last.operand, indent)
    if inner + len(flat(code)) <= WIDTH:
        return _block("(", [flat(code)], ")", indent)
    operands = [
        source(one, inner, len(code.operator) + 1) if isinstance(one, CallOf | ListOf | DictOf) else _operand(one, rank)
        for one in code.operands
    ]
    first, *rest = operands
    return _block("(", [first, *(f"{code.operator} {one}" for one in rest)], ")", indent)


def _in_parentheses(code: Operands, indent: int) -> str:
    if indent + STEP + len(flat(code)) <= WIDTH:
        return _block("(", [flat(code)], ")", indent)
    first, *rest = (_operand(one, _LOOSE[code.operator]) for one in code.operands)
    return _block("(", [first, *(f"{code.operator} {one}" for one in rest)], ")", indent)


def flat(code: Code, quote: str = "") -> str:
    """An expression on one line.

    Args:
        code: The expression.
        quote: Inside an f-string, the only quotes that it may use; else empty.
    """
    match code:
        case Raw():
            return code.source.replace('"', quote) if quote else code.source
        case TextOf():
            return literal(code.value, quote)
        case Formatted():
            return _formatted(code.parts, quote)
        case ListOf():
            return f"[{_joined(code.items, quote)}]"
        case DictOf():
            return "{" + ", ".join(f"{literal(key, quote)}: {flat(value, quote)}" for key, value in code.pairs) + "}"
        case CallOf():
            rows = (f"{keyword}={flat(one, quote)}" if keyword else flat(one, quote) for keyword, one in code.arguments)
            return f"{code.function}({', '.join(rows)})"
    return _compound(code, quote)


def _compound(code: MethodOf | IndexOf | Star | Not | Each | Choice | Operands, quote: str) -> str:
    match code:
        case MethodOf():
            return f"{_operand(code.owner, 9, quote)}.{code.name}({_joined(code.arguments, quote)})"
        case IndexOf():
            return f"{_operand(code.owner, 9, quote)}[{flat(code.key, quote)}]"
        case Star():
            return f"*{_operand(code.items, 6, quote)}"
        case Not():
            return f"not {_operand(code.operand, 3, quote)}"
        case Each():
            return f"[{flat(code.result, quote)} for {code.name} in {_operand(code.items, 1, quote)}]"
        case Choice():
            then, condition = _operand(code.then, 1, quote), _operand(code.condition, 1, quote)
            return f"{then} if {condition} else {flat(code.otherwise, quote)}"
        case Operands():
            rank = _LOOSE[code.operator]
            return f" {code.operator} ".join(_operand(one, rank, quote) for one in code.operands)


def _joined(items: Iterable[Code], quote: str) -> str:
    return ", ".join(flat(item, quote) for item in items)


def _operand(code: Code, rank: int, quote: str = "") -> str:
    """An expression within another one, in parentheses if it binds less tightly."""
    own = 9
    match code:
        case Choice():
            own = 0
        case Not():
            own = 3
        case Operands():
            own = _LOOSE[code.operator]
        case CallOf() if _is_awaited(code):
            own = 8
    found = flat(code, quote)
    return f"({found})" if own < rank or (own == rank and isinstance(code, Operands)) else found


def _formatted(parts: Sequence[str | Code], quote: str) -> str:
    texts = "".join(part for part in parts if isinstance(part, str))
    if all(isinstance(part, str) for part in parts):
        return literal(texts, quote)
    outer = quote or fewest_escapes(texts)
    held = [part if isinstance(part, str) else _in_braces(part, outer, nested=bool(quote)) for part in parts]
    if any(piece is None for piece in held):
        return _concatenated(parts, quote)
    pieces = [
        body(part, outer).replace("{", "{{").replace("}", "}}") if isinstance(part, str) else f"{{{piece}}}"
        for part, piece in zip(parts, held, strict=True)
    ]
    return f"f{outer}{''.join(pieces)}{outer}"


def _in_braces(code: Code, outer: str, *, nested: bool) -> str | None:
    """An expression for the braces of an f-string, where Python 3.11 allows neither the same quotes nor a backslash."""
    inner = "'" if outer == '"' else '"'
    found = flat(code, inner)
    if outer in found or (nested and inner in found) or any(letter in found for letter in "\\\n#"):
        return None
    return f" {found}" if found.startswith("{") else found


def _concatenated(parts: Sequence[str | Code], quote: str) -> str:
    items = (literal(part, quote) if isinstance(part, str) else flat(part, quote) for part in parts)
    empty = quote * 2 or '""'
    return f"{empty}.join([{', '.join(items)}])"


def _pieces(parts: Sequence[str | Code], indent: int, whole: str) -> str:
    """A long text as adjacent literals, one for each line of the text; unchanged if that does not shorten it."""
    rows = _text_lines(parts)
    if any(_row(row) is None for row in rows):
        return _join_rows(parts, indent)
    if len(rows) < 2:
        return whole
    return _block("(", [_row(row) or "" for row in rows], ")", indent)


def _row(parts: Sequence[str | Code]) -> str | None:
    found = _formatted(parts, "")
    return None if found.startswith('"".join(') else found


def _text_lines(parts: Sequence[str | Code]) -> list[list[str | Code]]:
    rows: list[list[str | Code]] = [[]]
    for part in parts:
        if not isinstance(part, str):
            rows[-1].append(part)
            continue
        for piece in part.splitlines(keepends=True):
            rows[-1].append(piece)
            if piece.endswith("\n"):
                rows.append([])
    return [row for row in rows if row]


def _join_rows(parts: Sequence[str | Code], indent: int) -> str:
    """Texts and expressions that no f-string can hold, as the items of a list that is joined."""
    rows: list[str] = []
    inner = indent + STEP
    for row in _text_lines(parts):
        if _row(row) is not None:
            rows.append(source(_merged(row), inner + STEP, 1))
        else:
            rows += [source(TextOf(part) if isinstance(part, str) else part, inner + STEP, 1) for part in row]
    return f'"".join(\n{" " * inner}{_rows("[", rows, "]", inner)}\n{" " * indent})'


def _merged(parts: Sequence[str | Code]) -> Code:
    if all(isinstance(part, str) for part in parts):
        return TextOf("".join(str(part) for part in parts))
    return Formatted(tuple(parts))
