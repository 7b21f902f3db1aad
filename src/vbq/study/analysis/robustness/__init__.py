"""Whether the main result holds: subgroups, other analyses, other scanners."""
