"""The numbers that decide whether two images show the same painting.

All were chosen on labelled photographs of 96 works and on variations made from them. Lengths are in
pixels of the reduced image (see `LONG_SIDE`).
"""

from __future__ import annotations

# Evidence and features of another version cannot be compared with these. Change it together with
# any number below, with the code that uses them, and with a version of OpenCV that gives other
# results.
METHOD_VERSION = "orb-3"

# --- Features ---
# Images are reduced or enlarged to this long side. That of a scroll or frieze may be longer, up to
# `LONGEST_SIDE`, until its short side has `SHORT_SIDE`.
LONG_SIDE, SHORT_SIDE, LONGEST_SIDE = 480, 160, 1440
# Keypoints kept of an image, and of its mirror image.
KEYPOINTS, MIRRORED_KEYPOINTS = 900, 450
# Contrast from which FAST sees a corner, in grey levels.
FAST_THRESHOLD = 5
# The distance to the border at which no corner is searched for.
EDGE = 16
# Corners found at most. Those that are kept are chosen from squares of `CELL`, in turn, so that a
# detail has keypoints of its own even if the rest of the picture has stronger ones.
FOUND_KEYPOINTS, CELL = 2500, 80
OCTAVES, OCTAVE_SCALE = 8, 1.2
# How many times smaller than the reduced image the small picture is.
SMALLER = 5

# --- Pairs of keypoints ---
# The nearest descriptor must be nearer than this share of the distance of the second nearest.
NEAREST_RATIO = 0.88
# Pairs must agree with each other in the turn (in 1/256 of a full one) and the scale (in octaves).
TURN_SPREAD, OCTAVE_SPREAD = 14, 1

# --- Transform ---
AFFINE_TOLERANCE, AFFINE_TRIES = 5.8, 1000
LEAST_AFFINE_INLIERS = 6
# Beyond these, no photograph of the same painting is likely.
MOST_SCALE, MOST_STRETCH = 6.0, 2.5
# Around the place where the affine transform expects a keypoint, its pair is searched for again, at
# most so many bits (of 256) from it.
SEARCH_RADIUS, SEARCH_BITS = 12.0, 64
LEAST_PAIRS = 8
PERSPECTIVE_TOLERANCE, PERSPECTIVE_TRIES = 3.8, 500
CONFIDENCE = 0.995
# Inliers count once in a square of this side, in both images.
INLIER_CELL = 3

# --- Decision ---
LEAST_INLIERS = 10
LEAST_HULL_SHARE = 0.01
# With so many inliers, the pixels must agree at least so well; between these, in proportion.
INLIERS = (10, 20, 35, 60)
LEAST_AGREEMENT = (0.85, 0.72, 0.63, 0.6)
# If neither image shows this share of the other, they have only a part in common. So has a pattern
# that is laid over both, in another place, and the text of a program around both. Then the evidence
# must be at least this.
LEAST_SHOWN, PART_INLIERS, PART_AGREEMENT = 0.7, 20, 0.85
# Agreement is measured in squares of this side of the small picture, where the grey levels of one
# of them differ so much (standard deviation), in the middle of what both images show: at least this
# share of the largest distance to its border.
WINDOW, LEAST_CONTRAST, MIDDLE = 9, 5.0, 0.5
# If less of the middle has contrast, all of what both images show is compared; but if that agrees,
# nothing is decided.
LEAST_MIDDLE = 0.2

# Pictures with little to see have no keypoints that tell. If two, laid on each other as they are,
# agree at least so well, nothing is decided. For that they are moved by at most this share of the
# long side, and a first look must already find them this similar.
ALIKE_AGREEMENT, ALIKE_SHIFT, ALIKE_CORRELATION = 0.8, 0.04, 0.6

# --- Candidates ---
# Up to so many images of an artist, every pair is compared.
EXHAUSTIVE = 24
# Otherwise each image is compared with so many that have most words in common with it, and with so
# many that have most in common with its mirror image.
NEAREST, NEAREST_MIRRORED = 20, 8
# A word has so many of the 256 bits of a descriptor. So many choices of bits are made.
WORD_BITS, WORD_TABLES = 24, 4
# A word that one image has votes 1, a shared one less, and one that more images have not at all.
MOST_IMAGES_OF_A_WORD, LEAST_VOTES = 30, 1.0
# By such crowded words alone, each image is compared with so many of the images next to it, among
# so many on each side that have the word.
NEAREST_CROWDED, CROWDED_NEIGHBOURS = 4, 8
# Across artists, each image is compared with so many of other artists.
NEAREST_ACROSS, NEAREST_ACROSS_MIRRORED = 5, 2
