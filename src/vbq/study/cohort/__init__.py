"""The patients a plan is about: joined, typed, selected and counted."""
