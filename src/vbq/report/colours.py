"""Colours of the reports, from Okabe and Ito's set, which any colour vision can tell apart.

No meaning rests on colour alone: each status and each outline is named in words as well.
"""

Colour = tuple[int, int, int]

ORANGE: Colour = (230, 159, 0)
SKY_BLUE: Colour = (86, 180, 233)
GREEN: Colour = (0, 158, 115)
BLUE: Colour = (0, 114, 178)
VERMILLION: Colour = (213, 94, 0)
PURPLE: Colour = (204, 121, 167)

ROI = ORANGE  # trabecular regions
CSF = SKY_BLUE  # the reference region
BODY: Colour = (235, 235, 235)  # outlines of vertebral bodies
UNUSED = PURPLE  # regions measured but not scored
STATUS: dict[str, Colour] = {"ok": GREEN, "caution": ORANGE, "refused": VERMILLION}

# Greys are neutral: `vbq.report.reading.png` stores them as such.
PAPER: Colour = (17, 17, 17)  # the background of the picture's sheet
INK: Colour = (236, 236, 236)
MUTED: Colour = (160, 160, 160)
RULE: Colour = (64, 64, 64)


def hex_colour(colour: Colour) -> str:
    """``#e69f00``, as matplotlib and style sheets write a colour."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
