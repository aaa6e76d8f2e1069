"""Paint pictures from random numbers: one function a style."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from demo.brush import (
    Colour,
    Point,
    blend,
    chance,
    difference,
    mix,
    noise,
    ramp,
    rgb,
    ridge,
    shake,
    silhouette,
    to_image,
    unit_grid,
)

# A smaller share of another colour changes none.
_FAINT = 0.001

Painter = Callable[[random.Random, int, int], Image.Image]
"""Takes the source of chance, a width and a height; returns an RGB picture of that size."""


def grid(rng: random.Random, width: int, height: int) -> Image.Image:
    """Rectangles in primary colours between black bars."""
    paper, red, blue, yellow, ink = rgb("f4efe2 c8281e 1f4596 f0bf1c 1b1b1e")
    line = max(6, round(min(width, height) * rng.uniform(0.016, 0.028)))
    image = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(image)
    cuts, may_stop = 4, 2

    def split(left: int, top: int, right: int, bottom: int, depth: int) -> None:
        wide, high = right - left, bottom - top
        if depth == 0 or max(wide, high) < width * 0.2 or (depth <= may_stop and chance(rng, 0.25)):
            fills = [paper, mix(paper, ink, 0.1), red, blue, yellow, ink]
            (fill,) = rng.choices(fills, weights=[6, 2, 3, 3, 3, 1])
            draw.rectangle((left, top, right, bottom), fill, ink, line)
            return
        cut = rng.uniform(0.25, 0.75)
        if wide > high * rng.uniform(0.7, 1.4):
            middle = left + round(wide * cut)
            split(left, top, middle + line // 2, bottom, depth - 1)
            split(middle - line // 2, top, right, bottom, depth - 1)
        else:
            middle = top + round(high * cut)
            split(left, top, right, middle + line // 2, depth - 1)
            split(left, middle - line // 2, right, bottom, depth - 1)

    split(-line, -line, width + line, height + line, cuts)
    return image


def seascape(rng: random.Random, width: int, height: int) -> Image.Image:
    """Sky, sea, a low sun or moon; often a headland, sometimes sails."""
    skies = [
        ("2b4c7e f2a65a ffe0a3", "f7c873 2f6690 16324f", "fff3c4", "2a2438"),
        ("6fb1d6 bfe0ea fdf6e3", "8ecae6 219ebc 023047", "ffffff", "40543b"),
        ("1a1833 4a3b76 c86b85", "8d5a8c 33305e 12112b", "ffe9d6", "0f0e1f"),
        ("f4d6cc e8a598 b5838d", "d8a7a0 6d6875 3c3a4d", "fff1e6", "453a4a"),
        ("0b1d3a 16365f 3f6f8f", "2c5a7a 12304d 071526", "f5f7dc", "050c18"),
        ("9aa5b1 cfd6d8 eef0ea", "9fb3b8 5c7a82 2d444d", "f8f8f0", "39443f"),
    ]
    sky, sea, glow, land = (rgb(text) for text in rng.choice(skies))
    x, y = unit_grid(width, height)
    horizon = rng.uniform(0.3, 0.72)
    sun_x, sun_y = rng.uniform(0.12, 0.88), horizon - rng.uniform(-0.01, 0.24)
    aspect = width / height

    picture = ramp(sky, y / horizon)
    clouds = noise(rng, width, height, 3, 7) * 0.6 + noise(rng, width, height, 9, 22) * 0.4
    cloud_tone = mix(sky[-1], rng.choice([(255, 255, 255), sky[0]]), 0.6)
    picture = blend(picture, cloud_tone, (clouds - rng.uniform(0.45, 0.6)) * 4 * (y < horizon))
    distance = np.hypot((x - sun_x) * aspect, y - sun_y)
    picture = blend(picture, glow[0], 0.65 * np.exp(-distance * 5))
    picture = blend(picture, glow[0], (rng.uniform(0.045, 0.075) - distance) * 90)

    depth = np.clip((y - horizon) / (1 - horizon), 0, 1)
    water = ramp(sea, depth**0.7)
    swell = noise(rng, width, height, 6, 70) * (1 - depth) + noise(rng, width, height, 5, 26) * (
        depth
    )
    water = blend(water, mix(sea[0], (255, 255, 255), 0.35), (swell - 0.6) * 2.2)
    path = np.exp(-(((x - sun_x) / (0.03 + 0.13 * depth)) ** 2))
    glitter = noise(rng, width, height, 24, 80)
    water = blend(water, glow[0], path * np.clip((glitter - 0.42) * 5, 0, 1) * (1 - depth * 0.5))
    picture = blend(picture, water, (y - horizon) * height)

    image = to_image(picture)
    draw = ImageDraw.Draw(image)
    if chance(rng, 0.75):
        reach, rise = rng.uniform(0.25, 0.6), rng.uniform(0.12, 0.3)
        peaks = ridge(rng, 60, 0.55)
        slope = [
            min(horizon, horizon - rise * (1 - i / 64) ** 1.3 * (1 + 0.25 * v))
            for i, v in enumerate(peaks)
        ]
        points = [(i / 64 * reach * width, v * height) for i, v in enumerate(slope)]
        points = [(0, (horizon + 0.012) * height), *points, (points[-1][0], horizon * height)]
        if chance(rng, 0.5):
            points = [(width - px, py) for px, py in points]
        draw.polygon(points, mix(land[0], sky[-1], 0.12))
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        mast_x = rng.uniform(0.15, 0.85) * width
        foot = (horizon + rng.uniform(0.03, 0.2)) * height
        tall = rng.uniform(0.1, 0.26) * height * (0.5 + (foot / height - horizon) * 3)
        white = mix((250, 246, 236), land[0], rng.uniform(0, 0.3))
        draw.polygon([(mast_x, foot - tall), (mast_x, foot), (mast_x + tall * 0.5, foot)], white)
        shade = mix(white, land[0], 0.25)
        left = mast_x - tall * 0.06
        draw.polygon([(left, foot - tall * 0.8), (left, foot), (left - tall * 0.3, foot)], shade)
        hull = [(-0.36, 0.04), (0.56, 0.04), (0.42, 0.16), (-0.26, 0.16)]
        draw.polygon([(mast_x + a * tall, foot + b * tall) for a, b in hull], land[0])
    return image


def dots(rng: random.Random, width: int, height: int) -> Image.Image:
    """A park or orchard made of dots of unmixed colour."""
    seasons = [
        ("a8d8ea fdf3d0", "c9d66b 7fb069", "4f772d 31572c", "f2c14e"),
        ("f7c59f ffe8c7", "e0a458 c8793a", "a63c06 7b2d0b", "ffd166"),
        ("b8c0ff e7dcff", "b5e2b0 74c69d", "e07a9b c9507a", "fff1a8"),
        ("d7e8f0 f5f7f7", "e8eef0 bcd0d8", "5b7a8c 3a5566", "f7d6a0"),
        ("31457a 8f7fb0", "3f6b5c 27493f", "1f3a35 15292a", "f6e27f"),
    ]
    sky, field, tree, light = (rgb(text) for text in rng.choice(seasons))
    scene = to_image(ramp(sky, unit_grid(width, height)[1] * 1.8))
    draw = ImageDraw.Draw(scene)
    sun = rng.uniform(0.06, 0.11) * width
    sun_x, sun_y = rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.3) * height
    draw.ellipse((sun_x - sun, sun_y - sun, sun_x + sun, sun_y + sun), light[0])
    base = rng.uniform(0.38, 0.68)
    for i in range(3):
        tilt, bow = rng.uniform(-0.22, 0.22), rng.uniform(-0.14, 0.14)
        line = [
            base + i * 0.13 + tilt * (t / 20 - 0.5) + bow * math.sin(t / 20 * math.pi)
            for t in range(21)
        ]
        colour = mix(mix(field[0], field[1], i / 2), light[0], rng.uniform(0, 0.25))
        draw.polygon(silhouette(line, width, height), colour)
    for _ in range(rng.randint(2, 5)):
        at, foot = rng.uniform(0.02, 0.98) * width, rng.uniform(base + 0.02, 0.97) * height
        size = height * rng.uniform(0.1, 0.25)
        slim = rng.choice([0.35, 0.9, 1.1])
        draw.ellipse(
            (at - size * 1.3, foot - size * 0.08, at + size * 1.3, foot + size * 0.14),
            mix(field[1], tree[1], 0.6),
        )
        draw.rectangle((at - size * 0.07, foot - size, at + size * 0.07, foot), (84, 60, 50))
        crown = (at - size * slim, foot - size * 2.6, at + size * slim, foot - size * 0.5)
        draw.ellipse(crown, tree[0])
        draw.chord(crown, -20, 150, tree[1])

    pixels = np.asarray(scene)
    image = scene.filter(ImageFilter.GaussianBlur(8))
    draw = ImageDraw.Draw(image)
    step = 10
    spots = [(x, y) for y in range(0, height + step, step) for x in range(0, width + step, step)]
    rng.shuffle(spots)
    accents = [light[0], *rgb("e76f51 4d7ea8 ffffff")]
    for left, top in spots:
        x, y = left + rng.uniform(-4, 4), top + rng.uniform(-4, 4)
        pixel = min(height - 1, max(0, int(y))), min(width - 1, max(0, int(x)))
        red, green, blue = pixels[pixel].tolist()
        colour = shake(rng, (red, green, blue), 24)
        if chance(rng, 0.07):
            colour = mix(colour, rng.choice(accents), 0.55)
        radius = rng.uniform(4.6, 6.4)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), colour)
    return image


def colour_fields(rng: random.Random, width: int, height: int) -> Image.Image:
    """Two to five soft-edged blocks that hover on a ground."""
    palettes = [
        "7a1f1a e2571e f3a712 b3261e f6d186",
        "1b2a4e 3f63c4 e0e1dd 7f96d1 0b132b",
        "4a4e69 e07a5f f2cc8f 81b29a f4f1de",
        "5b2a4c c9344f e8d7a5 e09a3c f07167",
        "14595b 2fb5a2 f0dfb0 a5e0d8 03303a",
        "f2d7d9 c06c84 6c5b7b 355c7d f8b195",
        "e8dcc4 7c2d12 c65d2e 3a3532 b9a78a",
        "f0c808 fff1d0 dd1c1a 086788 07a0c3",
    ]
    ground, *rest = rgb(rng.choice(palettes))
    rng.shuffle(rest)
    x, y = unit_grid(width, height)
    cloud = noise(rng, width, height, 5, 6)
    picture = ramp([mix(ground, (0, 0, 0), 0.18), ground, mix(ground, rest[0], 0.2)], cloud)
    ragged = (noise(rng, width, height, 4, 4) - 0.5) * 0.03
    ragged += (noise(rng, width, height, 50, 50) - 0.5) * 0.014
    blocks: list[tuple[float, float, float, float]] = []
    edge, gap, thinnest = 0.06, 0.04, 0.12
    cuts = sorted([edge, *(rng.uniform(0.2, 0.8) for _ in range(rng.randint(1, 2))), 1 - edge])
    for start, end in pairwise(cuts):
        if end - start < thinnest:
            continue
        if chance(rng, 0.45):
            middle = rng.uniform(0.25, 0.75)
            blocks += [(edge, start, middle - gap / 2, end - gap)]
            blocks += [(middle + gap / 2, start, 1 - edge, end - gap)]
        else:
            blocks += [(edge, start, 1 - edge, end - gap)]
    upright = chance(rng, 0.3)
    for i, (left, top, right, bottom) in enumerate(blocks):
        u, v = (y, x) if upright else (x, y)
        inside = np.minimum(np.minimum(u - left, right - u), np.minimum(v - top, bottom - v))
        cover = 1 / (1 + np.exp(-(inside + ragged - 0.005) * 130))
        colour = rest[i % len(rest)]
        body = ramp(
            [mix(colour, (0, 0, 0), 0.1), colour, mix(colour, (255, 255, 255), 0.1)],
            noise(rng, width, height, 4, 5),
        )
        picture = blend(picture, body, cover * 0.94)
    return to_image(picture)


def waves(rng: random.Random, width: int, height: int) -> Image.Image:
    """Ribbons that swell and lean together."""
    palettes = [
        "03045e 0077b6 00b4d8 90e0ef f8f9fa ff9f1c",
        "2b2d42 8d99ae edf2f4 ef233c d90429 2b2d42",
        "264653 2a9d8f e9c46a f4a261 e76f51 fefae0",
        "3c096c 7b2cbf c77dff ffd6ff 240046 ff9e00",
        "1b4332 40916c 95d5b2 d8f3dc 081c15 ffb703",
        "582f0e a68a64 ede0d4 b6ad90 333d29 bc6c25",
    ]
    colours = rgb(rng.choice(palettes))
    x, y = unit_grid(width, height)
    x = x * (width / height)
    angle = rng.uniform(0, math.pi)
    along = x * math.cos(angle) + y * math.sin(angle)
    across = -x * math.sin(angle) + y * math.cos(angle)
    for _ in range(3):
        pitch, phase = rng.uniform(2, 6.5), rng.uniform(0, math.tau)
        across = across + rng.uniform(0.05, 0.13) * np.sin(along * pitch + across * 2 + phase)
    ribbons = rng.uniform(7, 12)
    place = (across - across.min()) * ribbons
    index = np.floor(place).astype(int)
    inside = place - index
    sequence = np.array([rng.choice(colours) for _ in range(index.max() + 1)], np.float64)
    picture = np.moveaxis(sequence[index], -1, 0)
    # Each ribbon is lit along one edge, in shadow along the other.
    picture = blend(picture, (255, 255, 255), 0.32 * (1 - inside) ** 3)
    picture = blend(picture, (0, 0, 0), 0.38 * inside**4)
    thread = 0.14
    threads = (np.modf(place * 5)[0] < thread) & (index % 2 == 0)
    picture = blend(picture, (255, 255, 255), threads * 0.35)
    return to_image(picture)


def circles(rng: random.Random, width: int, height: int) -> Image.Image:
    """Targets, suns and eclipses on a divided ground."""
    palettes = [
        "f4f1de e07a5f 3d405b 81b29a f2cc8f",
        "fefae0 283618 dda15e 606c38 bc6c25",
        "f1faee e63946 1d3557 457b9d a8dadc",
        "fff1e6 5f0f40 9a031e fb8b24 0f4c5c",
        "edede9 22223b c9ada7 4a4e69 f28482",
        "ffe8d6 6b705c cb997e 3f4238 ffb703",
    ]
    colours = rgb(rng.choice(palettes))
    image = Image.new("RGB", (width, height), colours[0])
    draw = ImageDraw.Draw(image)
    cut_x, cut_y = rng.uniform(0.25, 0.75) * width, rng.uniform(0.25, 0.75) * height
    panels = [(0.0, 0.0, cut_x, cut_y), (cut_x, 0.0, width, cut_y)]
    panels += [(0.0, cut_y, cut_x, height), (cut_x, cut_y, width, height)]
    for panel in panels:
        draw.rectangle(panel, mix(rng.choice(colours), colours[0], rng.choice([0, 0.15, 0.5])))
    short = min(width, height)
    radii = sorted((short * rng.uniform(0.1, 0.42) for _ in range(rng.randint(4, 7))), reverse=True)
    for radius in radii:
        x, y = rng.uniform(0.05, 0.95) * width, rng.uniform(0.05, 0.95) * height
        rings = rng.randint(2, 6)
        ring_colours = rng.sample(colours, rng.choice([2, 3]))
        half = rng.choice([None, None, 0, 90, 180, 270])
        for ring in range(rings):
            r = radius * (1 - ring / rings)
            box = (x - r, y - r, x + r, y + r)
            draw.ellipse(box, ring_colours[ring % len(ring_colours)])
            if half is not None:
                other = ring_colours[(ring + 1) % len(ring_colours)]
                draw.pieslice(box, half, half + 180, other)
    for _ in range(rng.randint(0, 3)):
        x, y = rng.uniform(0, 1) * width, rng.uniform(0, 1) * height
        turn = rng.choice([0, math.pi / 4, math.pi / 2, -math.pi / 4])
        reach = short * rng.uniform(0.3, 0.6)
        end = (x + reach * math.cos(turn), y + reach * math.sin(turn))
        draw.line(((x, y), end), colours[rng.randrange(1, 5)], 5)
    return image


def cut_outs(rng: random.Random, width: int, height: int) -> Image.Image:
    """Leaves, stars and pebbles cut from paper, on coloured sheets."""
    sheets = rgb("f7f3e8 1d4e89 f79256 fbd1a2 7dcfb6 00b2ca ee6c4d 2f2f5e f4c430 d1495b 3b7a57")
    papers = rgb("ffffff 14213d d62828 f77f00 2a9d8f 6a4c93 ffca3a 1b4332 ff99c8 0a9396")
    visible = 150
    image = Image.new("RGB", (width, height), rng.choice(sheets))
    draw = ImageDraw.Draw(image)
    columns, rows = rng.choice([(2, 2), (3, 2), (2, 3), (3, 3)])
    wide, high = width / columns, height / rows
    for column in range(columns):
        for row in range(rows):
            left, top = column * wide, row * high
            sheet = rng.choice(sheets)
            slant = [rng.uniform(-0.03, 0.03) * width for _ in range(4)]
            corners = [(left + slant[0], top), (left + wide + 3, top + slant[1])]
            corners += [(left + wide + slant[2], top + high + 3), (left, top + high + slant[3])]
            draw.polygon(corners, sheet)
            choices = [paper for paper in papers if difference(paper, sheet) > visible]
            at = (left + wide * rng.uniform(0.42, 0.58), top + high * rng.uniform(0.42, 0.58))
            size = min(wide, high) * rng.uniform(0.34, 0.52)
            shape = rng.choice([_frond, _frond, _flower, _pebble])
            shape(rng, draw, at, size, rng.choice(choices))
    for _ in range(rng.randint(2, 5)):
        at = (rng.uniform(0.05, 0.95) * width, rng.uniform(0.05, 0.95) * height)
        _pebble(rng, draw, at, min(width, height) * rng.uniform(0.025, 0.06), rng.choice(papers))
    return image


def _frond(
    rng: random.Random, draw: ImageDraw.ImageDraw, at: Point, size: float, paper: Colour
) -> None:
    """A stem with rounded fingers on both sides, like seaweed."""
    x, y = at
    turn = rng.uniform(0, math.tau)
    cos, sin = math.cos(turn), math.sin(turn)
    bend = rng.uniform(-0.25, 0.25)

    def place(along: float, aside: float) -> Point:
        aside += bend * along * along
        return x + size * (along * cos - aside * sin), y + size * (along * sin + aside * cos)

    def blob(spot: Point, radius: float) -> None:
        left, top = spot
        draw.ellipse((left - radius, top - radius, left + radius, top + radius), paper)

    for step in range(41):
        along = step / 20 - 1
        blob(place(along, 0), size * 0.09 * (1.25 - abs(along)))
    for pair in range(6):
        root = -0.75 + pair * 0.28
        length = 0.62 * math.sin((pair + 1) / 7 * math.pi) + 0.12
        for side in (-1, 1):
            for step in range(17):
                out = step / 16
                spot = place(root + out * length * 0.55, side * out * length)
                blob(spot, size * (0.055 + 0.055 * math.sin(out * math.pi * 0.8)))


def _flower(
    rng: random.Random, draw: ImageDraw.ImageDraw, at: Point, size: float, paper: Colour
) -> None:
    x, y = at
    petals, turn, depth = rng.randint(5, 9), rng.uniform(0, math.tau), rng.uniform(0.3, 0.6)
    outline = []
    for step in range(240):
        angle = step / 240 * math.tau
        radius = size * (1 - depth + depth * abs(math.cos((angle * petals + turn) / 2)) ** 0.7)
        outline.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    draw.polygon(outline, paper)


def _pebble(
    rng: random.Random, draw: ImageDraw.ImageDraw, at: Point, size: float, paper: Colour
) -> None:
    x, y = at
    turns = [(k, rng.uniform(0, 0.22) / (k - 1), rng.uniform(0, math.tau)) for k in (2, 3, 4)]
    outline = []
    for step in range(120):
        angle = step / 120 * math.tau
        radius = size * (0.9 + sum(a * math.cos(k * angle + p) for k, a, p in turns))
        outline.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    draw.polygon(outline, paper)


def night(rng: random.Random, width: int, height: int) -> Image.Image:
    """A sky of short strokes that whirl around stars, over dark hills."""
    palettes = [
        ("0b1437 1c3f7c 4f86b9 a9cfd8", "ffe169 fff6c2", "0a1a20"),
        ("1a0f2e 46266b 8a5aa8 d3a8cf", "ffd9a0 fff4e0", "120a1c"),
        ("06221f 12524a 3f8f7b a7d3b5", "f9f871 fdfccf", "04120f"),
        ("14110f 34312d 7e7f83 d9c5b2", "f3a712 fff1c9", "0d0b09"),
    ]
    sky, gold, land = (rgb(text) for text in rng.choice(palettes))
    ground = rng.uniform(0.68, 0.9)
    whirls = [
        (rng.uniform(0.05, 0.95) * width, rng.uniform(0.05, 0.62) * height, rng.choice([-1, 1]))
        for _ in range(rng.randint(3, 5))
    ]
    stars = [
        (rng.uniform(0.04, 0.96) * width, rng.uniform(0.04, ground - 0.2) * height, size)
        for size in [rng.uniform(0.1, 0.14), *(rng.uniform(0.03, 0.06) for _ in range(6))]
    ]
    whirls.append((*stars[0][:2], 1))
    tone = noise(rng, width, height, 3, 3) * 0.75 + noise(rng, width, height, 10, 10) * 0.25
    drift = rng.uniform(-0.4, 0.4)
    image = Image.new("RGB", (width, height), sky[0])
    draw = ImageDraw.Draw(image)
    spots = [
        (x + rng.uniform(-6, 6), y + rng.uniform(-6, 6))
        for y in range(0, round(height * (ground + 0.1)), 13)
        for x in range(0, width, 13)
    ]
    rng.shuffle(spots)
    for x, y in spots:
        value = float(tone[min(height - 1, max(0, int(y))), min(width - 1, max(0, int(x)))])
        value = min(0.999, max(0.0, (value - 0.25) * 1.9))
        band = int(value * 3)
        colour = mix(sky[band], sky[band + 1], value * 3 - band)
        for star_x, star_y, size in stars:
            halo = math.exp(-((math.hypot(x - star_x, y - star_y) / (size * width)) ** 2))
            if halo > _FAINT:
                colour = mix(colour, gold[0], halo * 0.95)
        colour = shake(rng, colour, 16)
        path = [(x, y)]
        for _ in range(5):
            px, py = path[-1]
            flow_x, flow_y = math.cos(drift), math.sin(drift + 0.5 * math.sin(px / width * 6))
            for whirl_x, whirl_y, spin in whirls:
                off_x, off_y = px - whirl_x, py - whirl_y
                away = math.hypot(off_x, off_y) + 1e-6
                pull = spin * 3.2 * math.exp(-away / (0.16 * width)) / away
                flow_x -= off_y * pull
                flow_y += off_x * pull
            speed = math.hypot(flow_x, flow_y) + 1e-6
            path.append((px + 6.5 * flow_x / speed, py + 6.5 * flow_y / speed))
        draw.line(path, colour, rng.choice([6, 7, 9]), joint="curve")
    for star_x, star_y, size in stars:
        r = size * width * 0.36
        draw.ellipse((star_x - r, star_y - r, star_x + r, star_y + r), gold[0])
        r *= 0.55
        draw.ellipse((star_x - r, star_y - r, star_x + r, star_y + r), gold[1])
    for layer in range(2):
        peaks = ridge(rng, 100, 0.45)
        hill = [ground + layer * 0.08 + v * 0.055 for v in peaks]
        draw.polygon(silhouette(hill, width, height), mix(land[0], sky[1], 0.5 - layer * 0.4))
    for _ in range(rng.randint(6, 14)):
        x, y = rng.uniform(0.05, 0.95) * width, rng.uniform(ground + 0.13, 0.97) * height
        draw.rectangle((x, y, x + 7, y + 9), gold[0])
    if chance(rng, 0.6):
        x, base, tall = rng.uniform(0.1, 0.9) * width, height, rng.uniform(0.45, 0.8) * height
        left = [(x - (1 - t) ** 0.6 * t**0.2 * width * 0.07, base - t * tall) for t in _steps(30)]
        right = [(2 * x - px + rng.uniform(-4, 4), py) for px, py in reversed(left)]
        draw.polygon([*left, *right], land[0])
    return image


def _steps(count: int) -> list[float]:
    return [i / count for i in range(count + 1)]


def drips(rng: random.Random, width: int, height: int) -> Image.Image:
    """Flung paint: looping threads, pools, spatter, and runs that gravity drew."""
    grounds = [
        ("f3ead7", "1d1d1d 8f2d1e 2f4b6e d9a441 ffffff"),
        ("1b1c22", "f5f1e6 e0a526 4a90a4 c0392b f5f1e6"),
        ("c9d6d0", "16302b 694873 eb9486 f3de8a ffffff"),
        ("b5533c", "1a1423 f7e7ce 372549 efc69b ffffff"),
        ("26418f", "f6f4e8 f25f5c ffe066 111827 70c1b3"),
    ]
    ground, paints = (rgb(text) for text in rng.choice(grounds))
    image = Image.new("RGB", (width, height), ground[0])
    draw = ImageDraw.Draw(image)

    def blob(x: float, y: float, radius: float, paint: Colour) -> None:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), paint)

    # A few heavy pools give each picture its own weight; the threads play around them.
    pools = [
        (rng.uniform(0.08, 0.92) * width, rng.uniform(0.08, 0.8) * height)
        for _ in range(rng.randint(3, 5))
    ]
    for x, y in pools:
        paint = rng.choice(paints)
        core = rng.uniform(0.07, 0.13) * width
        for _ in range(70):
            turn, away = rng.uniform(0, math.tau), abs(rng.gauss(0, 1.1))
            size = core * 0.5 * max(0.06, 1 - away / 1.6) * rng.uniform(0.5, 1.2)
            blob(x + away * core * math.cos(turn), y + away * core * math.sin(turn), size, paint)
        for _ in range(rng.randint(3, 6)):
            at, length = x + rng.gauss(0, 0.09) * width, rng.uniform(0.12, 0.5) * height
            thick = rng.uniform(2, 5)
            draw.line((at, y, at, y + length), paint, round(thick * 2))
            blob(at, y + length, thick * 1.7, paint)
    for _ in range(rng.randint(9, 14)):
        paint = rng.choice(paints)
        x, y = (c + rng.gauss(0, 0.15) * width for c in rng.choice(pools))
        heading, turn = rng.uniform(0, math.tau), 0.0
        for _ in range(rng.randint(120, 260)):
            turn = turn * 0.93 + rng.gauss(0, 0.05)
            heading += turn
            x += 5 * math.cos(heading)
            y += 5 * math.sin(heading)
            blob(x, y, 1.5 + 3.2 * min(1.0, abs(turn) * 4), paint)
            if chance(rng, 0.012):
                length = rng.uniform(0.04, 0.2) * height
                draw.line((x, y, x, y + length), paint, 4)
                blob(x, y + length, 4, paint)
    for _ in range(260):
        x, y = (c + rng.gauss(0, 0.2) * width for c in rng.choice(pools))
        blob(x, y, rng.expovariate(0.35) + 1, rng.choice(paints))
    return image


def mountains(rng: random.Random, width: int, height: int) -> Image.Image:
    """Ridge behind ridge in the mist, under a sun or moon."""
    palettes = [
        ("f9c784 fcefe3", "f2e2d2 7a5c86 2e1f3e", "fff8e7"),
        ("89c2d9 e6f2f5", "d6e6ea 468faf 012a4a", "ffffff"),
        ("ff9b71 ffe1a8", "ffd29d c05746 3b1c32", "fff3b0"),
        ("0d1b2a 3a506b", "5c7391 2c3e58 060d16", "f3f0d7"),
        ("cbdfbd f6f4d2", "dbe7cb 6a994e 1d3a2b", "fffbe0"),
        ("f4acb7 ffe5d9", "f6cfd2 9d6b84 3d2645", "fffaf3"),
    ]
    sky, rock, light = (rgb(text) for text in rng.choice(palettes))
    x, y = unit_grid(width, height)
    picture = ramp(sky, y * 1.6)
    sun_x, sun_y = rng.uniform(0.1, 0.9), rng.uniform(0.12, 0.42)
    distance = np.hypot((x - sun_x) * width / height, y - sun_y)
    picture = blend(picture, light[0], 0.5 * np.exp(-distance * 5))
    picture = blend(picture, light[0], (rng.uniform(0.05, 0.11) - distance) * 90)
    layers = rng.randint(4, 7)
    top = rng.uniform(0.25, 0.55)
    for layer in range(layers):
        depth = layer / (layers - 1)
        peaks = ridge(rng, 120, 0.52 + 0.06 * (1 - depth))
        peak, broad = rng.uniform(0, 1), rng.uniform(0.15, 0.35)
        level = top + (0.95 - top) * depth**1.1
        rise = rng.uniform(0.1, 0.34) * (1.1 - depth * 0.5)
        line = np.array(
            [
                level + 0.035 * v - rise * math.exp(-((((i / 128) - peak) / broad) ** 2))
                for i, v in enumerate(peaks)
            ]
        )
        edge = np.interp(x[0], np.linspace(0, 1, len(line)), line)
        colour = ramp(rock, np.array([[0.18 + 0.82 * depth]]))
        mist = ramp(rock, np.array([[max(0.0, 0.02 + 0.7 * depth - 0.25)]]))
        # Nothing changes above the highest peak.
        first = max(0, math.floor(edge.min() * height))
        below = y[first:] - edge
        haze = np.clip(below / 0.3, 0, 1) * 0.8
        body = colour * (1 - haze) + mist * haze
        picture[:, first:] = blend(picture[:, first:], body, below * height)
    return to_image(picture)
