"""The references of the methods section, numbered in the order in which they are cited."""

import re
from collections.abc import Iterable

WORKS = {
    "vbq": "Ehresman J, et al. Spine J 2020. doi:10.1016/j.spinee.2019.10.018",
    "tripod": "Collins GS, et al. TRIPOD+AI statement. BMJ 2024;385:e078378",
    "riley": "Riley RD, et al. BMJ 2020;368:m441. doi:10.1136/bmj.m441",
    "mice": "van Buuren S. Stat Methods Med Res 2007;16:219-42. doi:10.1177/0962280206074463",
    "moons": "Moons KGM, et al. J Clin Epidemiol 2006;59:1092-101. "
    "doi:10.1016/j.jclinepi.2006.01.009",
    "white": "White IR, Royston P. Stat Med 2009;28:1982-98. doi:10.1002/sim.3618",
    "seaman": "Seaman SR, et al. BMC Med Res Methodol 2012;12:46. doi:10.1186/1471-2288-12-46",
    "rubin": "Barnard J, Rubin DB. Biometrika 1999;86:948-55. doi:10.1093/biomet/86.4.948",
    "d1": "Li KH, Raghunathan TE, Rubin DB. J Am Stat Assoc 1991;86:1065-73. "
    "doi:10.1080/01621459.1991.10475152",
    "firth": "Heinze G, Schemper M. Stat Med 2002;21:2409-19. doi:10.1002/sim.1047",
    "harrell": "Harrell FE. Regression Modeling Strategies, 2nd ed. Springer 2015",
    "optimism": "Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-87",
    "noma": "Noma H, et al. Stat Med 2021;40:5691-701. doi:10.1002/sim.9148",
    "mi_boot": "Schomaker M, Heumann C. Stat Med 2018;37:2252-66. doi:10.1002/sim.7654",
    "delong": "DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837-45",
    "demler": "Demler OV, Pencina MJ, D'Agostino RB. Stat Med 2012;31:2577-87. "
    "doi:10.1002/sim.5328",
    "austin": "Austin PC, Steyerberg EW. Stat Med 2019;38:4051-65. doi:10.1002/sim.8281",
    "decision": "Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-74. "
    "doi:10.1177/0272989X06295361",
    "reclassification": "Pencina MJ, et al. Stat Med 2008;27:157-72. doi:10.1002/sim.2929",
    "rosner": "Rosner B, Willett WC, Spiegelman D. Stat Med 1989;8:1051-69. "
    "doi:10.1002/sim.4780080905",
    "cochran": "Cochran WG. Biometrics 1957;13:261-81. doi:10.2307/2527916",
    "cox": "Cox DR. J R Stat Soc B 1972;34:187-220",
    "fine_gray": "Fine JP, Gray RJ. J Am Stat Assoc 1999;94:496-509. "
    "doi:10.1080/01621459.1999.10474144",
    "aalen": "Aalen OO, Johansen S. Scand J Stat 1978;5:141-50",
    "shrinkage": "Steyerberg EW. Clinical Prediction Models, 2nd ed. Springer 2019",
    "heuristic": "van Houwelingen JC, le Cessie S. Stat Med 1990;9:1303-25. "
    "doi:10.1002/sim.4780091109",
}

# private-use characters, which neither a plan nor a message contains
OPEN, CLOSE = "\ue000", "\ue001"
MARK = re.compile(f"((?:{OPEN}[a-z0-9_]+{CLOSE})+)")


def cite(*works: str) -> str:
    """A placeholder for references, until `numbered` knows their order."""
    assert all(work in WORKS for work in works)
    return "".join(f"{OPEN}{work}{CLOSE}" for work in works)


def numbered(paragraphs: Iterable[str]) -> tuple[str, ...]:
    """The paragraphs with numbers in place of the placeholders, and the list of references last."""
    order: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        works = match.group(1).strip(OPEN + CLOSE).split(CLOSE + OPEN)
        return f" [{', '.join(str(order.setdefault(w, len(order) + 1)) for w in works)}]"

    cited = tuple(MARK.sub(number, text) for text in paragraphs)
    references = "; ".join(f"[{n}] {WORKS[work]}" for work, n in order.items())
    return (*cited, f"References: {references}.") if references else cited
