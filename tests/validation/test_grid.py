"""The phantom grid: it follows from its seed, and varies one factor at a time."""

from dataclasses import asdict

from vbq.validation import phantom_grid


def test_the_same_seed_gives_the_same_grid(grid):
    assert phantom_grid(0) == grid


def test_another_seed_gives_different_spines_of_the_same_design(grid):
    second = phantom_grid(1)
    assert not {s.seed for s in grid} & {s.seed for s in second}
    assert [(s.part, len(s.conditions)) for s in grid] == [
        (s.part, len(s.conditions)) for s in second
    ]


def test_the_core_grid_crosses_score_field_and_noise(grid):
    cells = {
        (s.true_vbq, s.settings.field_strength_t, condition.snr)
        for s in grid
        if s.part == "core"
        for condition in s.conditions
    }
    assert len(cells) == 6 * 2 * 3
    assert {score for score, _, _ in cells} == {1, 2, 3, 4, 5, 6}


def test_a_factor_is_varied_alone(grid):
    spines = [s for s in grid if s.part == "factors"]
    reference = next(s for s in spines if not s.conditions[0].factor)
    for spine in spines:
        if spine.seed != reference.seed or spine is reference:
            continue
        varied, unvaried = (
            {**asdict(s.settings), "texture": s.texture} for s in (spine, reference)
        )
        changed = {key for key in varied if varied[key] != unvaried[key]}
        allowed = {
            "field": {"field_strength_t"},
            "slice offset": {"offset_mm"},
            "rotation": {"rotation_deg"},
            "slice thickness": {"slice_thickness_mm", "slice_spacing_mm"},
            "field of view": {"pixel_mm"},
            "texture": {"texture"},
        }[spine.conditions[0].factor]
        assert changed
        assert changed <= allowed


def test_every_spine_is_made_once(grid):
    assert len(set(grid)) == len(grid)
