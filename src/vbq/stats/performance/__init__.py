"""Performance of predictions: discrimination, calibration, net benefit, reclassification."""
