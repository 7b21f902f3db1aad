"""Quality checks: what in the image or its acquisition makes a score doubtful."""
