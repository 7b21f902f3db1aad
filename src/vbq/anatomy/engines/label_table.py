"""Label tables: the meaning of the numbers in an engine's label map.

Each external engine has one. The user of an nnU-Net model writes one as a TOML file:

```toml
vertebrae = "whole"   # or "bodies": whether the label of a vertebra includes posterior elements
numbering = "names"   # or "order": whether numbers name levels or only distinguish vertebrae

[labels]
1 = "cord"
2 = "canal"
41 = "L1"
92 = "disc L1"        # the disc below L1
100 = "disc above S1"
9 = "other"           # a known structure that VBQ does not use
```
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import CANAL, CORD, DISC_OFFSET, LEVEL_NUMBERS
from vbq.errors import EngineError, UsageError

DISC_ABOVE_SACRUM = 99  # until the lowest lumbar vertebra is known
LEVELS = {**{f"C{c}": c for c in range(1, 8)}, **LEVEL_NUMBERS}
_NUMBERS = {
    "other": 0,
    "cord": CORD,
    "canal": CANAL,
    "disc above S1": DISC_ABOVE_SACRUM,
    **LEVELS,
    **{f"disc {name}": DISC_OFFSET + number for name, number in LEVELS.items()},
}


@dataclass(frozen=True)
class LabelTable:
    """The meaning of the numbers in an engine's label map.

    Attributes:
        names: Number that the engine writes → name of the structure, as in a TOML file.
        includes_arches: Whether the label of a vertebra includes its posterior elements.
        names_levels: Whether numbers name levels; else they only distinguish vertebrae.
    """

    names: Mapping[int, str]
    includes_arches: bool
    names_levels: bool = True

    @cached_property
    def labels(self) -> dict[int, int]:
        """Number that the engine writes → number of `vbq.anatomy.levels`.

        Cervical vertebrae are 1–7, structures without use 0, and the disc above the sacrum 99.
        """
        return {number: _NUMBERS[name] for number, name in self.names.items()}

    @classmethod
    def read(cls, path: Path) -> tuple[LabelTable, dict[str, Any]]:
        """Read the label table of an nnU-Net model.

        Returns:
            The table, and the entire content of the file.

        Raises:
            UsageError: The file cannot be read or is not a label table.
        """
        try:
            content = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            reason = str(error) if isinstance(error, ValueError) else "it cannot be opened"
            raise _invalid(path.name, reason.splitlines()[0]) from error
        for key, allowed in (("vertebrae", ("bodies", "whole")), ("numbering", ("names", "order"))):
            if content.get(key) not in allowed:
                raise _invalid(path.name, f'{key} must be "{allowed[0]}" or "{allowed[1]}"')
        names = content.get("labels")
        if not isinstance(names, dict) or not names:
            raise _invalid(path.name, "it has no [labels]")
        for number, name in names.items():
            if not number.isdecimal() or int(number) == 0:
                raise _invalid(path.name, f"label {number} is not a whole number from 1")
            if not isinstance(name, str) or name not in _NUMBERS:
                raise _invalid(path.name, f"label {number} is {name!r}, which is not a known name")
        used = [name for name in names.values() if name != "other"]
        if duplicates := {name for name in used if used.count(name) > 1}:
            raise _invalid(path.name, f"two labels are both {min(duplicates)}")
        table = cls(
            names={int(number): name for number, name in names.items()},
            includes_arches=content["vertebrae"] == "whole",
            names_levels=content["numbering"] == "names",
        )
        return table, content

    def translate(self, segmentation: NDArray[np.int32], engine: str) -> NDArray[np.uint8]:
        """An engine's label map in the numbers of `vbq.anatomy.levels`.

        Args:
            segmentation: The engine's numbers, any shape.
            engine: Name of the engine in messages.

        Raises:
            EngineError: The label map holds a number that is not in the table.
        """
        present = np.unique(segmentation)
        unknown = [number for number in present.tolist() if number and number not in self.labels]
        if unknown:
            shown = ", ".join(map(str, unknown[:8])) + (" …" if len(unknown) > 8 else "")
            raise EngineError(
                f"{engine} wrote labels that VBQ does not know: {shown}.",
                remedy="It may be a version newer than this program, or another model.",
                code="engine_unknown_labels",
            )
        translated = np.array([self.labels.get(n, 0) for n in present.tolist()], np.uint8)
        return translated[np.searchsorted(present, segmentation)]


def numbered_levels(first: int, top: str, bottom: str) -> dict[int, str]:
    """Consecutive numbers for the levels from `top` to `bottom`, the first of which is `first`.

    Where `top` lies below `bottom` the numbers run upward along the spine.
    """
    names = list(LEVELS)
    start, end = names.index(top), names.index(bottom)
    step = 1 if start <= end else -1
    return dict(enumerate((names[i] for i in range(start, end + step, step)), first))


def numbered_discs(first: int, top: str, bottom: str) -> dict[int, str]:
    """Consecutive numbers for the discs below the levels from `top` to `bottom`."""
    levels = numbered_levels(first, top, bottom)
    return {number: f"disc {name}" for number, name in levels.items()}


def _invalid(name: str, reason: str) -> UsageError:
    return UsageError(
        f"{name} is not a label table: {reason}.",
        remedy="Write it as docs/engines.md shows.",
        code="label_table",
    )
