from .comparison import compare as compare
from .harmonisation import Harmonised as Harmonised
from .harmonisation import harmonise as harmonise
from .joined_readings import ReadingsTable as ReadingsTable
from .joined_readings import read_readings as read_readings
from .people import Columns as Columns
from .people import read_people as read_people
from .population import Population as Population
from .population import Sex as Sex
from .population import published_data as published_data
from .site import SiteNorm as SiteNorm
from .site import fit_site as fit_site
from .site import read_site as read_site
from .standard_scores import StandardScore as StandardScore
from .standard_scores import standard_scores_csv as standard_scores_csv
from .standard_scores import standardise as standardise

__all__ = [
    "Columns",
    "Harmonised",
    "Population",
    "ReadingsTable",
    "Sex",
    "SiteNorm",
    "StandardScore",
    "compare",
    "fit_site",
    "harmonise",
    "published_data",
    "read_people",
    "read_readings",
    "read_site",
    "standard_scores_csv",
    "standardise",
]
