"""Robustness of the main result: subgroups, sensitivity analyses, held-out scanners."""
