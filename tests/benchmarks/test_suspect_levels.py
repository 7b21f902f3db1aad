import suspect_levels
from suspect_levels import Detection, cell


def detection(*, excluded, error=None):
    return Detection(excluded, identified=excluded, false_alarms=0, healthy_levels=3, error=error)


def test_a_refused_spine_stays_in_the_denominator():
    read = [
        detection(excluded=True, error=0.02),
        detection(excluded=False),
        detection(excluded=True),
    ]
    assert cell(read) == "2 / 2 of 3; 0.020 (1)"
    assert cell([*read, None]) == "2 / 2 of 4 (1 refused); 0.020 (1)"
    assert cell([None, None]) == "0 / 0 of 2 (2 refused); - (0)"


def test_spines_without_a_reading_are_counted_as_refused(monkeypatch, capsys):
    monkeypatch.setattr(suspect_levels, "KINDS", {"crush": "compression_fracture"})
    monkeypatch.setattr(suspect_levels, "SEVERITIES", {"crush": (0.2,)})
    monkeypatch.setattr(suspect_levels, "HEALTHY", 2)
    monkeypatch.setattr(suspect_levels, "make_spine", lambda *_: None)
    monkeypatch.setattr(suspect_levels, "random_phantom", lambda *_, **__: None)
    monkeypatch.setattr(
        suspect_levels, "readings", lambda _: ((name, None) for name in suspect_levels.ENGINES)
    )
    suspect_levels.diseased()
    suspect_levels.healthy()
    output = capsys.readouterr().out
    assert output.count("0 / 0 of 4 (4 refused)") == 2  # one cell per engine
    assert output.count("4 of 4 spines refused") == 2
    assert output.count("2 of 2 spines refused") == 2
