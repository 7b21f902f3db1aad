"""Old public names, which work for one more version with a warning."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def with_old_names(
    package: str, getattr_: Callable[[str], Any], names: Mapping[str, str]
) -> Callable[[str], Any]:
    """A package's ``__getattr__`` that also knows its old names.

    Args:
        package: The package's own name.
        getattr_: Its ``__getattr__`` for the names that it has.
        names: The new name for each old one; with its package where that is another.
    """

    def attribute(name: str) -> Any:
        if name not in names:
            return getattr_(name)
        new = names[name] if "." in names[name] else f"{package}.{names[name]}"
        warnings.warn(
            f"{package}.{name} is now {new}; the old name will be removed.",
            DeprecationWarning,
            stacklevel=2,
        )
        module, _, attribute_name = new.rpartition(".")
        return getattr(import_module(module), attribute_name)

    return attribute
