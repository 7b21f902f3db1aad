"""The version of the program, as its package metadata has it."""

from importlib.metadata import version

__version__ = version("vbq")
