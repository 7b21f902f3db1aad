"""Audit of a published table: what its printed figures prove, and what they only suggest."""
