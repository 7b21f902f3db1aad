"""One reader for each file format: DICOM, NIfTI, NRRD and MetaImage."""
