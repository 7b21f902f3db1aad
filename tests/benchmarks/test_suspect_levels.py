import suspect_levels
from suspect_levels import Found, cell


def found(*, left_out, error=None):
    return Found(left_out, named=left_out, false_alarms=0, healthy_levels=3, error=error)


def test_a_refused_spine_stays_in_the_denominator():
    seen = [found(left_out=True, error=0.02), found(left_out=False), found(left_out=True)]
    assert cell(seen) == "2 / 2 of 3; 0.020 (1)"
    assert cell([*seen, None]) == "2 / 2 of 4 (1 refused); 0.020 (1)"
    assert cell([None, None]) == "0 / 0 of 2 (2 refused); - (0)"


def test_what_no_engine_reads_is_counted_as_refused(monkeypatch, capsys):
    monkeypatch.setattr(suspect_levels, "KINDS", {"crush": "compression_fracture"})
    monkeypatch.setattr(suspect_levels, "SEVERITIES", {"crush": (0.2,)})
    monkeypatch.setattr(suspect_levels, "HEALTHY", 2)
    monkeypatch.setattr(suspect_levels, "draw", lambda *_: None)
    monkeypatch.setattr(suspect_levels, "random_phantom", lambda *_, **__: None)
    monkeypatch.setattr(
        suspect_levels, "readings", lambda _: ((name, None) for name in suspect_levels.ENGINES)
    )
    suspect_levels.diseased()
    suspect_levels.healthy()
    said = capsys.readouterr().out
    assert said.count("0 / 0 of 4 (4 refused)") == 2  # one cell an engine
    assert said.count("4 of 4 spines refused") == 2
    assert said.count("2 of 2 spines refused") == 2
