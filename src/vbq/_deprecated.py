"""Old public names, which work for one more version with a warning."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["with_old_names"]


def with_old_names(
    package: str, getattr_: Callable[[str], Any], names: Mapping[str, str]
) -> Callable[[str], Any]:
    """A package's ``__getattr__`` that also knows its old names.

    Args:
        package: The package's own name.
        getattr_: Its ``__getattr__`` for the names that it has.
        names: Each old name, and the new one in its place.
    """

    def attribute(name: str) -> Any:
        if name not in names:
            return getattr_(name)
        message = f"{package}.{name} is now {package}.{names[name]}; the old name will be removed."
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return getattr_(names[name])

    return attribute
