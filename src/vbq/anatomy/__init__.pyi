from .anatomy import Anatomy as Anatomy
from .anatomy import EngineInfo as EngineInfo
from .anatomy import NumberingAlternative as NumberingAlternative
from .anatomy import Vertebra as Vertebra
from .builtin.network import model_card as model_card
from .builtin.network import weights_sha256 as weights_sha256
from .engines.availability import EngineStatus as EngineStatus
from .engines.availability import engine_statuses as engine_statuses
from .find import find_anatomy as find_anatomy
from .find import get_segmenter as get_segmenter
from .label_map import LabelMap as LabelMap
from .levels import LEVEL_NAMES as LEVEL_NAMES
from .levels import LEVEL_NUMBERS as LEVEL_NUMBERS
from .levels import SCORED_LEVELS as SCORED_LEVELS
from .segmenter import Segmenter as Segmenter

__all__ = [
    "LEVEL_NAMES",
    "LEVEL_NUMBERS",
    "SCORED_LEVELS",
    "Anatomy",
    "EngineInfo",
    "EngineStatus",
    "LabelMap",
    "NumberingAlternative",
    "Segmenter",
    "Vertebra",
    "engine_statuses",
    "find_anatomy",
    "get_segmenter",
    "model_card",
    "weights_sha256",
]
