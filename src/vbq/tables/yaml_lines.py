"""YAML read as data, with the line of every key and list entry: the one YAML reader.

Scalars are those of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), except that ``007``
stays text: ``yes``, ``no`` and dates stay text too, as they are in the cells of a table. Anchors,
tags and repeated keys are refused: a plan needs none.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

KeyPath = tuple[str | int, ...]  # keys and positions from the top of the document
DEEPEST = 10  # sections within sections; a plan has 4
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")  # 007 is a name, not the number 7
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+")
CONSTANTS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
TAGS = "str int float bool null timestamp value merge map seq"
PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in TAGS.split(" "))


class YamlProblem(Exception):  # noqa: N818 - the reader of a file turns it into a UsageError
    """A mistake in a YAML document.

    Attributes:
        message: The mistake.
        line: Its line, from 1.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def load(text: str, *, as_text: bool = False) -> tuple[Any, dict[KeyPath, int]]:
    """Read a document.

    Args:
        text: The document.
        as_text: Whether every scalar stays text, so that 19.40 keeps its last digit.

    Returns:
        Its data, and the line of each key and list entry.

    Raises:
        YamlProblem: it is not YAML, or uses a feature that a plan does not need.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise YamlProblem("it is nested too deeply", _line(event))
            if isinstance(event, yaml.AliasEvent):
                raise YamlProblem("an alias (*) is not supported", _line(event))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlProblem(error.problem or "not YAML", mark.line + 1 if mark else 1) from error
    except yaml.YAMLError as error:  # a character that may not occur in YAML
        raise YamlProblem("it contains characters that are not text", 1) from error
    document = _Document(as_text=as_text)
    return (None if node is None else document.value(node, ())), document.lines


def path_text(path: KeyPath, content: Any) -> str:
    """A place in a document as a message names it: ``predictors[bmi].unit``.

    Args:
        path: Keys and positions from the top of the document.
        content: The document. An entry of a list is called by its ``name``, or else by its
            position from 1.
    """
    text, section = "", content
    for key in path:
        if isinstance(key, str):
            text += f".{key}" if text else key
            section = section.get(key) if isinstance(section, dict) else None
        else:
            section = section[key] if isinstance(section, list) and key < len(section) else None
            name = section.get("name") if isinstance(section, dict) else None
            text += f"[{name if name and isinstance(name, str) else key + 1}]"
    return text


class _Document:
    """Turns nodes into data and collects their lines."""

    def __init__(self, *, as_text: bool) -> None:
        self.as_text = as_text
        self.lines: dict[KeyPath, int] = {(): 1}

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        """The data of a node at a path."""
        if node.tag not in PLAIN_TAGS:
            raise YamlProblem(f"the tag {node.tag} is not supported", _line(node))
        if isinstance(node, yaml.MappingNode):
            return dict(self._items(node, path))
        if isinstance(node, yaml.SequenceNode):
            for position, entry in enumerate(node.value):
                self.lines[*path, position] = _line(entry)
            return [self.value(entry, (*path, i)) for i, entry in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return node.value if node.style or self.as_text else _scalar(node.value)

    def _items(self, node: yaml.MappingNode, path: KeyPath) -> Iterator[tuple[str, Any]]:
        seen = set()
        for key_node, value_node in node.value:
            key, line = key_node.value, _line(key_node)
            if not isinstance(key, str):
                raise YamlProblem("a key is not a word", line)
            if key in seen:
                raise YamlProblem(f"the key {key} occurs twice", line)
            seen.add(key)
            self.lines[*path, key] = line
            yield key, self.value(value_node, (*path, key))


def _scalar(text: str) -> str | int | float | bool | None:
    if text in CONSTANTS:
        constant: bool | None = CONSTANTS[text]
        return constant
    if INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text


def _line(place: yaml.Node | yaml.Event) -> int:
    mark: Any = place.start_mark
    return int(mark.line) + 1
