"""Levels whose signal is not that of ordinary trabecular bone, and what to exclude of them."""
