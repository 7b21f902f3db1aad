"""Writing phantoms as DICOM and NIfTI."""
