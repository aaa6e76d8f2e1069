"""How many pixels an image may have."""

from __future__ import annotations

# From so many on, Pillow warns by default.
MAX_PIXELS = 89_478_485
# Pillow refuses more pixels; its guard stays on, because it also covers tiles and frames.
PIXELS_CEILING = 2 * MAX_PIXELS
# For all frames of an animation together: a few seconds of work.
MAX_ANIMATION_PIXELS = 10 * MAX_PIXELS
