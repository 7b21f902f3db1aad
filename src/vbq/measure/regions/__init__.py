"""Regions of interest: found in the anatomy, or drawn by hand and read from a file."""
