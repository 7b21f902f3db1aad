"""DICOM, classic and multi-frame: files to series, frames to stacks, pixels to signal."""
