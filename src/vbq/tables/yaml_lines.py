"""YAML read as data, with the line on which everything stands.

Scalars are those of YAML 1.2: ``yes``, ``no`` and dates stay text, as they stand in the cells of
a table. Anchors, tags and repeated keys are refused: a plan needs none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Where", "YamlProblem", "load"]

Where = tuple[str | int, ...]  # keys and positions from the top of the document
DEEPEST = 10  # sections within sections; a plan has 4
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")  # 007 is a name, not the number 7
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+")
WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
TAGS = "str int float bool null timestamp value merge map seq"
PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in TAGS.split(" "))


class YamlProblem(Exception):  # noqa: N818 - turned into a UsageError by who knows the file
    """What is wrong, and on which line (from 1)."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def load(text: str) -> tuple[Any, dict[Where, int]]:
    """Data of the document, and the line of each key and list entry.

    Raises:
        YamlProblem: it is not YAML, or uses what a plan does not need.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise YamlProblem("it is nested too deeply", _line(event))
            if isinstance(event, yaml.AliasEvent):
                raise YamlProblem("an alias (*) is not understood", _line(event))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlProblem(error.problem or "not YAML", mark.line + 1 if mark else 1) from error
    except yaml.YAMLError as error:  # a character that may not be in a text
        raise YamlProblem("it holds characters that are not text", 1) from error
    lines: dict[Where, int] = {(): 1}
    return (None if node is None else _value(node, (), lines)), lines


def _value(node: yaml.Node, where: Where, lines: dict[Where, int]) -> Any:
    if node.tag not in PLAIN_TAGS:
        raise YamlProblem(f"the tag {node.tag} is not understood", _line(node))
    if isinstance(node, yaml.MappingNode):
        return dict(_items(node, where, lines))
    if isinstance(node, yaml.SequenceNode):
        for position, entry in enumerate(node.value):
            lines[*where, position] = _line(entry)
        return [_value(one, (*where, position), lines) for position, one in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode)
    return node.value if node.style else _scalar(node.value)


def _items(
    node: yaml.MappingNode, where: Where, lines: dict[Where, int]
) -> Iterator[tuple[str, Any]]:
    seen = set()
    for key_node, value_node in node.value:
        key, line = key_node.value, _line(key_node)
        if not isinstance(key, str):
            raise YamlProblem("a key is not a word", line)
        if key in seen:
            raise YamlProblem(f"the key {key} is there twice", line)
        seen.add(key)
        lines[*where, key] = line
        yield key, _value(value_node, (*where, key), lines)


def _scalar(text: str) -> str | int | float | bool | None:
    if text in WORDS:
        value: bool | None = WORDS[text]
        return value
    if INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text


def _line(place: yaml.Node | yaml.Event) -> int:
    mark: Any = place.start_mark
    return int(mark.line) + 1
