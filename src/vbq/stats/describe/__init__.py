"""Description and comparison of groups: summaries, tests, proportions, adjusted differences."""
