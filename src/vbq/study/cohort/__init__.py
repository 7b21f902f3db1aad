"""The patients of a plan: joined, typed, selected and counted."""
