"""Phantoms as files: DICOM, NIfTI, and a whole study."""
