"""One table turns the numbers an engine writes into ours; one file holds it for each engine.

```toml
vertebrae = "whole"   # or "bodies": whether a vertebra's label holds its posterior elements
numbering = "names"   # or "order": whether numbers name levels or only tell bodies apart

[labels]
1 = "cord"
2 = "canal"
41 = "L1"
92 = "disc L1"        # the disc below L1
100 = "disc above S1"
9 = "other"           # known, and of no use here
```
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from vbq.anatomy.levels import CANAL, CORD, DISC_OFFSET, LEVEL_NUMBERS
from vbq.errors import EngineError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["DISC_ABOVE_SACRUM", "LabelTable"]

DISC_ABOVE_SACRUM = 99  # until the lowest lumbar vertebra is known
LEVELS = {**{f"C{c}": c for c in range(1, 8)}, **LEVEL_NUMBERS}
WORDS = {
    "other": 0,
    "cord": CORD,
    "canal": CANAL,
    "disc above S1": DISC_ABOVE_SACRUM,
    **LEVELS,
    **{f"disc {name}": DISC_OFFSET + number for name, number in LEVELS.items()},
}


@dataclass(frozen=True)
class LabelTable:
    """What the numbers of an engine mean.

    Attributes:
        labels: Number the engine writes → number of `vbq.anatomy.levels`; cervical vertebrae
            1–7, 0 for what is of no use, 99 for the disc above the sacrum.
        whole: Whether a vertebra's label holds its posterior elements.
        named: Whether numbers name levels; else they only tell bodies apart.
    """

    labels: Mapping[int, int]
    whole: bool
    named: bool = True

    @classmethod
    def shipped(cls, engine: str) -> LabelTable:
        """The table of an engine known to this program."""
        text = files("vbq.anatomy.engines").joinpath("labels", f"{engine}.toml").read_text("utf-8")
        return cls.parse(tomllib.loads(text), f"{engine}.toml")

    @classmethod
    def read(cls, path: Path) -> tuple[LabelTable, dict[str, Any]]:
        """A table that a person wrote, and everything else in that file.

        Raises:
            UsageError: it cannot be read or is no such table.
        """
        try:
            content = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            reason = str(error) if isinstance(error, ValueError) else "it cannot be opened"
            raise UsageError(
                f"{path.name} is not a label-map file: {reason.splitlines()[0]}.",
                remedy="Write it as docs/engines.md shows.",
                code="label_table",
            ) from error
        return cls.parse(content, path.name), content

    @classmethod
    def parse(cls, content: Mapping[str, Any], name: str) -> LabelTable:
        """The table in the content of a TOML file.

        Raises:
            UsageError: a key is missing or a value means nothing.
        """
        for key, allowed in (("vertebrae", ("bodies", "whole")), ("numbering", ("names", "order"))):
            if content.get(key) not in allowed:
                raise _wrong(name, f'{key} must be "{allowed[0]}" or "{allowed[1]}"')
        words = content.get("labels")
        if not isinstance(words, dict) or not words:
            raise _wrong(name, "it has no [labels]")
        for number, word in words.items():
            if not number.isdecimal() or int(number) == 0:
                raise _wrong(name, f"label {number} is not a whole number from 1")
            if not isinstance(word, str) or word not in WORDS:
                raise _wrong(name, f"label {number} is {word!r}, which names nothing")
        used = [word for word in words.values() if word != "other"]
        if twice := {word for word in used if used.count(word) > 1}:
            raise _wrong(name, f"two labels are both {min(twice)}")
        return cls(
            labels={int(number): WORDS[word] for number, word in words.items()},
            whole=content["vertebrae"] == "whole",
            named=content["numbering"] == "names",
        )

    def translate(self, answer: NDArray[np.int32], engine: str) -> NDArray[np.uint8]:
        """An engine's label map in our numbers.

        Args:
            answer: Its numbers, any shape.
            engine: What messages call it.

        Raises:
            EngineError: it holds a number that is not in the table.
        """
        present = np.unique(answer)
        unknown = [n for n in present.tolist() if n and n not in self.labels]
        if unknown:
            shown = ", ".join(map(str, unknown[:8])) + (" …" if len(unknown) > 8 else "")
            raise EngineError(
                f"{engine} wrote labels that VBQ does not know: {shown}.",
                remedy="It may be a version newer than this program, or another model.",
                code="engine_unknown_labels",
            )
        ours = np.array([self.labels.get(n, 0) for n in present.tolist()], np.uint8)
        return ours[np.searchsorted(present, answer)]


def _wrong(name: str, reason: str) -> UsageError:
    return UsageError(
        f"{name} is not a label-map file: {reason}.",
        remedy="Write it as docs/engines.md shows.",
        code="label_table",
    )
