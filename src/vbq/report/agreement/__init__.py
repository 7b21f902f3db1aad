"""The report of an agreement study."""
