"""The check of a plan and its data before any outcome model is fitted."""
