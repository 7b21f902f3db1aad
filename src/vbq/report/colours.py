"""Colours of pictures, pages and figures, from Okabe and Ito's set, legible to any colour vision.

No meaning rests on colour alone: each status and each outline is named in words as well. Pictures,
pages and figures take every colour from here, so that a change here changes all of them.
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
SIMULATED: Colour = (155, 44, 0)  # the warning that patients are simulated

# Greys of pictures are neutral: `vbq.report.reading.png` stores them as such.
PAPER: Colour = (17, 17, 17)  # the background of the picture's sheet
INK: Colour = (236, 236, 236)
MUTED: Colour = (160, 160, 160)
RULE: Colour = (64, 64, 64)

# Greys of pages and figures, on white
PAGE_INK: Colour = (23, 25, 28)
PAGE_MUTED: Colour = (91, 97, 107)
PAGE_RULE: Colour = (223, 226, 230)
PAGE_FAINT: Colour = (244, 245, 247)
PAGE_BODY: Colour = (154, 160, 168)  # key to the outlines of vertebral bodies

CONTRAST = 5.5  # ratio of text to white; WCAG 2.2 asks for at least 4.5


def hex_colour(colour: Colour) -> str:
    """``#e69f00``, as matplotlib and style sheets write a colour."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def page_colours() -> dict[str, str]:
    """Every colour of the style sheet by the name of its variable there."""
    status = {name: STATUS[name] for name in ("ok", "caution", "refused")}
    colours = {
        "ink": PAGE_INK,
        "soft": PAGE_MUTED,
        "rule": PAGE_RULE,
        "faint": PAGE_FAINT,
        "simulated": SIMULATED,
        "caution-tint": _tinted(STATUS["caution"]),
        **{name: _legible(colour) for name, colour in status.items()},
        "csf": _legible(CSF),
        "key-body": PAGE_BODY,
        "key-roi": ROI,
        "key-csf": CSF,
        "key-unused": UNUSED,
    }
    return {name: hex_colour(colour) for name, colour in colours.items()}


def _legible(colour: Colour) -> Colour:
    """The colour darkened until it is legible as text on white, and white text on it."""
    red, green, blue = colour
    shades = (
        (red * share // 100, green * share // 100, blue * share // 100)
        for share in range(100, -1, -1)
    )
    return next(shade for shade in shades if 1.05 / (_luminance(shade) + 0.05) >= CONTRAST)


def _tinted(colour: Colour) -> Colour:
    """White with a tenth of the colour, as a background of text."""
    red, green, blue = (255 - (255 - channel) // 10 for channel in colour)
    return red, green, blue


def _luminance(colour: Colour) -> float:
    """Relative luminance of an sRGB colour, 0 (black) to 1 (white), as WCAG 2.2 defines it."""
    shares = [channel / 255 for channel in colour]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
