"""The noise floor of a magnitude image: the part of the mean of a dark region that is due to noise.

A magnitude is never negative, so noise raises the mean of a dark region: by 6 % at a signal of 3
times the noise, by 0.5 % at 10 times (Rician distribution; Gudbjartsson & Patz, Magn Reson Med
1995, doi 10.1002/mrm.1910340618).
"""

import numpy as np
from scipy.special import i0e, i1e

RAYLEIGH_SNR = float(np.sqrt(np.pi / (4 - np.pi)))  # mean over SD where there is no signal: 1.91
STEPS = 60


def floor_corrected(mean: float, noise_sd: float) -> float:
    """The signal whose magnitude in noise has this mean and SD; 0 where the mean is noise only.

    The fixed-point inversion of Koay & Basser, J Magn Reson 2006, doi 10.1016/j.jmr.2006.01.016
    (their equations 17 and 18).

    Args:
        mean: Mean magnitude of a region of one signal.
        noise_sd: SD of its magnitude that is due to noise.
    """
    if noise_sd <= 0:
        return mean
    ratio = mean / noise_sd
    if ratio <= RAYLEIGH_SNR:
        return 0.0
    theta = ratio  # signal over the noise of one channel
    for _ in range(STEPS):
        theta = float(np.sqrt(max(_shrinkage(theta) * (1 + ratio**2) - 2, 0.0)))
    return theta * noise_sd / float(np.sqrt(_shrinkage(theta)))


def _shrinkage(theta: float) -> float:
    """Variance of the magnitude over that of one channel, at a signal of ``theta`` noise SDs."""
    quarter = theta**2 / 4
    # i0e and i1e carry the factor exp(-quarter)
    bessel = (2 + theta**2) * i0e(quarter) + theta**2 * i1e(quarter)
    return float(2 + theta**2 - np.pi / 8 * bessel**2)
