from .files.dicom import dicom_bytes as dicom_bytes
from .files.dicom import write_dicom as write_dicom
from .files.nifti import nifti_bytes as nifti_bytes
from .files.nifti import write_nifti as write_nifti
from .mri_study import write_mri_study as write_mri_study
from .negative_control import make_negative_control as make_negative_control
from .pathology import Pathology as Pathology
from .phantom import Phantom as Phantom
from .phantom import Truth as Truth
from .phantom import make_phantom as make_phantom
from .random_patients import random_phantom as random_phantom
from .settings import MriSettings as MriSettings
from .spine_shape import SpineShape as SpineShape

__all__ = [
    "MriSettings",
    "Pathology",
    "Phantom",
    "SpineShape",
    "Truth",
    "dicom_bytes",
    "make_negative_control",
    "make_phantom",
    "nifti_bytes",
    "random_phantom",
    "write_dicom",
    "write_mri_study",
    "write_nifti",
]
