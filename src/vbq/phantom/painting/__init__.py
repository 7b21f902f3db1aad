"""Painting tissues onto thin planes through the spine, and rendering them as slices."""
