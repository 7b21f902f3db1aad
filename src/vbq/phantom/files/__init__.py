"""Phantoms as files: DICOM and NIfTI."""
