"""The segmentation network: a small 2-D U-Net, and the loss that respects partial labels."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

WIDTHS = (16, 32, 64, 96, 128, 160)
CLASS_COUNT = 6


def _convolution(inputs: int, outputs: int) -> nn.Sequential:
    # Group norm: one image's result must not depend on the others in its batch.
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.GroupNorm(8, outputs),
        nn.ReLU(inplace=True),
    )


class VertebraUNet(nn.Module):
    """Logits (N,6,H,W) of images (N,1,H,W); H and W multiples of 32."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.down = nn.ModuleList()
        inputs = 1
        for k, width in enumerate(widths):
            # Full resolution is where the time goes: one convolution is enough there.
            second = [] if k == 0 else [_convolution(width, width)]
            self.down.append(nn.Sequential(_convolution(inputs, width), *second))
            inputs = width
        self.up = nn.ModuleList(
            nn.Sequential(_convolution(below + width, width), _convolution(width, width))
            for below, width in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.head = nn.Conv2d(widths[0], CLASS_COUNT, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logits (N,6,H,W)."""
        x, skips = image, []
        for k, stage in enumerate(self.down):
            x = stage(functional.max_pool2d(x, 2) if k else x)
            skips.append(x)
        skips.pop()
        for stage in self.up:
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = stage(torch.cat((x, skips.pop()), 1))
        return self.head(x)


def partial_label_loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Marginal cross-entropy plus Dice over what is known.

    `target` holds a bit per admissible class. The cross-entropy asks that the admissible classes
    together be probable; the Dice of a class leaves out pixels where it is possible but not sure.
    """
    classes = torch.arange(CLASS_COUNT, device=target.device)[None, :, None, None]
    admissible = ((target.long()[:, None] >> classes) & 1).bool()
    admissible |= target[:, None] == 0  # nothing known at all
    sure = admissible.sum(1, keepdim=True) == 1
    log_p = functional.log_softmax(logits, 1)
    marginal = torch.logsumexp(log_p.masked_fill(~admissible, -1e4), 1)
    # L5 and S1 are small and carry the numbering.
    numbering = ~(admissible[:, :2].any(1) | admissible[:, 4:].any(1))
    weights = 1.0 + (~admissible[:, 0]).float() + 3.0 * numbering.float()
    cross_entropy = -(weights * marginal).sum() / weights.sum()

    known = (sure | ~admissible).float()
    truth = (admissible & sure).float()
    p = log_p.exp() * known
    overlap = (p * truth).sum((0, 2, 3))[1:]
    size = (p + truth).sum((0, 2, 3))[1:]
    present = truth.sum((0, 2, 3))[1:] > 30
    dice = 1 - (2 * overlap + 1) / (size + 1)
    return cross_entropy + (dice * present).sum() / present.sum().clamp(min=1)
