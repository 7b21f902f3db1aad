"""Names and label numbers of the lumbar spine.

Label numbers follow VerSe and SPINEPS: T10–T12 17–19, L1–L5 20–24, L6 25, sacrum (S1) 26,
a disc 100 + the number of the vertebra above it, cord 60, spinal canal 61.
"""

LEVEL_NAMES: dict[int, str] = {
    **{7 + t: f"T{t}" for t in range(1, 13)},
    **{19 + lumbar: f"L{lumbar}" for lumbar in range(1, 7)},
    26: "S1",
}
LEVEL_NUMBERS: dict[str, int] = {name: number for number, name in LEVEL_NAMES.items()}
SCORED_LEVELS: tuple[int, ...] = (20, 21, 22, 23)
SACRUM = 26
CORD = 60
CANAL = 61
DISC_OFFSET = 100
