"""Design of a study: sample size and power."""
