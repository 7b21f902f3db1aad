"""The meaning of the words in a series description, in the languages of vendors and sites.

Descriptions are split into whole words before they are compared: the ``fs`` of ``t1_tfse`` is not
fat suppression, while ``SagT1FS`` is split into ``sag``, ``t1`` and ``fs``.
"""

import re
import unicodedata

_MEANINGS = {  # a star stands for any ending
    "t1": "t1 t1w t1wi st1 st1w t1weighted t1gewichtet t1c t1ce",
    "t2": "t2 t2w t2wi st2 st2w t2weighted t2gewichtet haste ssfse ssh myelo* mrm mrcp",
    "other weighting": """pd pdw dp rho t2star swi swan medic merge mffe tof pca ciss fiesta trufi
        trufisp bffe tfisp cosmic""",
    "flair": "flair",
    "fat suppressed": """fs fatsat fsat sfs spir spair stir tirm tir chess proset watexc we water
        wasser waterexc* aspir 压脂 脂肪抑制""",
    "dixon": "dixon* mdixon* ideal",
    "contrast": """gd gad gado* km ce contrast* kontrast* post postgd postgad postcontrast postkm pc
        mdc inj inject* enhanced dotarem magnevist prohance t1c t1ce dce 造影 增强 контраст*""",
    "localiser": """loc locs localis* localiz* lokalis* lokaliz* scout* survey surview topogram
        pilot scano* 3pl reperage smartbrain 定位*""",
    "calibration": "cal calib* asset shim* b0map b1map coilsens* senseref refscan prescan",
    "derived": """mpr mip minip sub subtr* reformat* curved projection t1map t2map""",
    "diffusion": "adc eadc dwi dwibs diff diffusion* dti trace tracew ivim resolve epi",
    "label map": "seg segm* dseg probseg mask label* roi rois",
    "lumbar": """lspine lsspine lsp lumb* lomb* ls lss lws lwk lwz lendenw* 腰椎 поясн*""",
    "thoracic": "tspine dspine tsp thorac* thorak* torac* dorsal* bws twk 胸椎",
    "cervical": "cspine csp cervic* zervi* hws cwk neck hals nek cou 颈椎 頸椎",
    "head": """brain head headneck skull schadel* kopf hirn neurokranium neurocranium cereb* crane
        cranio craneo enceph* tete testa hersenen orbit* pituitary sella iac iam tmj 头*""",
    "other body part": """knee knie genou hip hufte hanche shoulder schulter epaule ankle foot
        fuss wrist hand elbow ellbogen breast mamma liver leber foie prostat* heart cardiac herz
        thigh calf femur tibia sij isg sacroiliac 膝*""",
}
_PATTERNS = {
    meaning: re.compile("|".join(word.replace("*", r"\w*") for word in vocabulary.split()))
    for meaning, vocabulary in _MEANINGS.items()
}
_NEGATION = re.compile(
    r"without|wo|no|non|not|ohne|o|sans|sin|sem|senza|pre|vor|before|avant|zonder"
)
_CAN_BE_NEGATED = {"contrast", "fat suppressed", "dixon"}

# Words often run together: a run is split only if it consists of such words entirely.
_RUN_WORD = re.compile(
    "sagittal|sag|cor|transversal|tra|ax|frfse|tfse|fse|tse|tfe|se|spgr|flash|2d|3d|t1weighted|"
    r"t2weighted|t1wi|t2wi|t1w|t2w|t[12](?!\d)|stir|tirm|spair|spir|flair|dixon|fatsat|fs|gd|km|ce|loc|"
    r"lspine|lumbar|lws|cspine|hws|tspine|bws|pre|post|\d+mm|\d+"
)
_RUN = re.compile(f"(?:{_RUN_WORD.pattern})+")

_PHRASES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<![a-z0-9])(sub|ses)-[a-z0-9]+", " "),  # BIDS subject and session
        (r"\+\s*(c|gd|km|gad\w*)\b|(?<![a-z])(c|gd|km|gad)\+", " gd "),
        (r"t2\s*\*", " t2star "),
        (r"\bw\s*/\s*o\b", " without "),
        (r"\bi\.?v\.?\b", " "),  # "without iv contrast"
        (r"(fat|fett)[\s_-]*(sat|sup|unterdr)\w*", " fatsat "),
        (r"in[\s_-]*phase", " inphase "),
        (r"(out|opp|opposed)[\s_-]*(of[\s_-]*)?phase", " outphase "),
        (r"post[\s_-]*op\w*", " "),  # after surgery, not after contrast
        (r"(?<![a-z0-9])([ctld])[\s_.-]+sp(ine)?(?![a-z])", r" \1spine "),
        (r"dark[\s_-]*fluid", " flair "),
        (r"(3|three|tri)[\s_-]*(plane|pl)(?![a-z])", " loc "),
        (r"(t1|t2)[\s_-]*map", r" \1map "),
        (r"(b[01])[\s_-]*map", r" \1map "),
    )
]


def tokens(text: str) -> list[str]:
    """The words of a description in lower case without accents; words run together are split."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    for pattern, replacement in _PHRASES:
        plain = pattern.sub(replacement, plain)
    result: list[str] = []
    for word in re.findall(r"[^\W_]+", plain):
        if not _meanings_of_word(word) and _RUN.fullmatch(word):
            result += [part.group() for part in _RUN_WORD.finditer(word)]
        else:
            result.append(word)
    return result


def meanings(text: str | None) -> frozenset[str]:
    """Everything that a description says, such as ``"t1"``, ``"fat suppressed"`` or ``"lumbar"``.

    After a negation (``no fs``, ``pre gd``), the fat suppression or contrast agent named by the
    next word is ignored.
    """
    result: set[str] = set()
    negated = False
    for word in tokens(text or ""):
        result |= _meanings_of_word(word) - (_CAN_BE_NEGATED if negated else set())
        negated = _NEGATION.fullmatch(word) is not None
    return frozenset(result)


def _meanings_of_word(word: str) -> set[str]:
    return {meaning for meaning, pattern in _PATTERNS.items() if pattern.fullmatch(word)}
