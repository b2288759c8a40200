"""Scenes to learn from: one picture with its salient objects, drawn from a seed.

What is salient, and what is not, is a rule a person would agree with: an object stands out from
its ground by colour, is solid (it has shading and casts a shadow) and is large enough to name.
Everything else is not: textures, a horizon, stains in nearly the ground's colour, pools of light
and shade, specks, wires from border to border.

All numbers that make up a scene come from `Draws` before any pixel is computed, and are in units of
the picture's side: a seed gives the same scene at any size.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .shapes import SHAPES, TURN, Draws, coverage, place, strokes

DIFFICULTY = 0.5
"""The default; scores are given at this one. Frozen, like everything in this file, since the
scores of BENCHMARKS.md were first measured: change the drawing and they lose their meaning."""

PHOTOGRAPHED = ("brick", "grass", "gravel")


@dataclass(frozen=True)
class Scene:
    """One drawn scene: image (size, size, 3) and mask (size, size), both uint8; mask 0 or 255."""

    image: np.ndarray
    mask: np.ndarray


def draw_scene(seed: int, index: int, size: int, difficulty: float = DIFFICULTY) -> Scene:
    """Scene number `index` of a seed. `difficulty` 0 … 1: clutter, texture, noise, contrast."""
    draws = Draws(seed, index)
    image, palette = _ground(draws, size, difficulty)
    light = draws.uniform(0, TURN)
    for _ in range(draws.below(1 + round(8 * difficulty))):
        image = _distract(draws, image, difficulty)
    objects = 0 if draws.chance(0.06) else draws.pick([1, 1, 1, 1, 2, 2, 3])
    centres = _spread(draws, objects)
    mask = np.zeros((size, size))
    for centre in centres:
        image, cover = _add_object(draws, image, palette, centre, objects, light, difficulty)
        mask = np.maximum(mask, cover)
    image = _expose(draws, image, difficulty)
    pixels = np.floor(np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    return Scene(pixels, np.where(mask >= 0.5, 255, 0).astype(np.uint8))


# --- the ground


def _ground(draws: Draws, size: int, difficulty: float):
    """A textured ground, sometimes two that meet at a horizon; and the colours in it."""
    first = _colours(draws, 1)[0]
    image, palette = _textured(draws, size, first, difficulty)
    if draws.chance(1.2 * difficulty):
        second = first + draws.uniform(-0.55, 0.55, 3)
        other, more = _textured(draws, size, np.clip(second, 0.05, 0.95), difficulty)
        palette = [*palette, *more]
        angle, height = draws.uniform(-0.5, 0.5), draws.uniform(0.2, 0.8)
        wave = draws.uniform(0, 0.06) * np.sin(draws.uniform(3, 12) * (t := np.linspace(0, 1, 25)))
        edge = np.stack([4 * t - 1.5, height + angle * (4 * t - 2) + wave], axis=1)
        below = np.concatenate([edge, [[2.5, 9], [-1.5, 9]]])
        cover = coverage([below * size], size)[..., None]
        image = image * (1 - cover) + other * cover
    x, y = _grid(size)
    angle = draws.uniform(0, TURN)
    slope = draws.uniform(0, 1.2 * difficulty)
    shade = 1 + slope * ((x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle))
    return image * shade[..., None], palette


def _textured(draws: Draws, size: int, colour: np.ndarray, difficulty: float):
    """A texture between two neighbouring colours: image (size, size, 3) and the two colours."""
    shift = draws.uniform(-1, 1) * 0.26 * difficulty + draws.uniform(-0.09, 0.09, 3) * difficulty
    ends = [np.clip(colour - shift, 0, 1), np.clip(colour + shift, 0, 1)]
    blend = _texture(draws, size)[..., None]
    return ends[0] * (1 - blend) + ends[1] * blend, ends


def _texture(draws: Draws, size: int) -> np.ndarray:
    """A map in 0 … 1, (size, size): cloudy, striped, checked, dotted, or photographed."""
    kind = draws.pick(["cloud", "cloud", "stripes", "checks", "dots", *PHOTOGRAPHED])
    if kind in PHOTOGRAPHED:
        return _photographed(draws, size, kind)
    if kind == "cloud":
        return _cloud(draws, size)
    x, y = _grid(size)
    angle, period = draws.uniform(0, TURN), draws.uniform(0.06, 0.25)
    bend = draws.uniform(0, 0.05) * np.sin(draws.uniform(4, 12) * (x + y))
    u = (x * np.cos(angle) + y * np.sin(angle) + bend) * (TURN / period)
    v = (y * np.cos(angle) - x * np.sin(angle)) * (TURN / period)
    if kind == "stripes":
        return 0.5 + 0.5 * np.tanh(2 * np.sin(u))
    wave = np.sin(u) * np.sin(v)
    return 0.5 + 0.5 * np.tanh(3 * wave if kind == "checks" else 6 * (wave - 0.4))


def _cloud(draws: Draws, size: int) -> np.ndarray:
    """Noise of four octaves, each a small random grid made smooth."""
    total = np.zeros((size, size))
    roughness = draws.uniform(0.45, 0.8)
    for octave, cells in enumerate((3, 6, 12, 24)):
        smooth = _smooth_steps(size, cells)
        total += roughness**octave * (smooth @ draws.uniform(-1, 1, (cells + 1,) * 2) @ smooth.T)
    return np.clip(0.5 + 0.45 * total, 0, 1)


def _photographed(draws: Draws, size: int, kind: str) -> np.ndarray:
    """A square cut out of one of scikit-image's textures, in one of eight orientations."""
    integral = _integral(kind)
    whole = len(integral) - 1
    side = draws.uniform(0.3, 1.0) * whole
    texture = integral
    for axis in (0, 1):  # the mean over a window is a difference of the running sum
        centre = draws.uniform(0, whole - side) + (np.arange(size) + 0.5) * (side / size)
        width = max(side / size, 1.0)
        high, low = np.minimum(centre + width / 2, whole), np.maximum(centre - width / 2, 0)
        texture = (_between(texture, high, axis) - _between(texture, low, axis)) / width
    texture = np.rot90(texture, draws.below(4))
    return texture.T if draws.chance(0.5) else texture


def _between(values: np.ndarray, position: np.ndarray, axis: int) -> np.ndarray:
    """Values at fractional positions along an axis, interpolated linearly."""
    before = np.minimum(position.astype(np.int64), values.shape[axis] - 2)
    share = np.expand_dims(position - before, 1 - axis)
    return values.take(before, axis) * (1 - share) + values.take(before + 1, axis) * share


# --- what is not salient


def _distract(draws: Draws, image: np.ndarray, difficulty: float) -> np.ndarray:
    """Add one thing that should not be marked."""
    kind = draws.pick(["stain", "stain", "light", "specks", "wire"])
    size = len(image)
    if kind == "light":
        return image * (1 + draws.uniform(-0.3, 0.3) * _pool(draws, size)[..., None])
    if kind == "stain":  # any of the shapes, in nearly the colour of the ground
        shape = SHAPES[draws.pick(list(SHAPES))](draws)
        at = draws.uniform(0, 1, 2), draws.uniform(0.08, 0.3), draws.uniform(0, TURN)
        polygons = place(shape, *at)
        tint = draws.uniform(-1, 1) + draws.uniform(-0.5, 0.5, 3)
        strength = draws.uniform(0.06, 0.14) / np.linalg.norm(tint)
        delta = tint * strength
    elif kind == "specks":
        centres = draws.uniform(0, 1, (3 + draws.below(8), 2))
        radius = draws.uniform(0.008, 0.018)
        octagon = [np.array([(np.cos(a), np.sin(a)) for a in np.arange(8) * (TURN / 8)])]
        polygons = [place(octagon, centre, radius, 0.0)[0] for centre in centres]
        delta = draws.uniform(-0.5, 0.5, 3)
    else:
        start, heading = draws.uniform(0.1, 0.9, 2), draws.uniform(0, TURN)
        along = np.linspace(-1.6, 1.6, 9)
        sag = draws.uniform(-0.2, 0.2) * along**2
        across = np.array([-np.sin(heading), np.cos(heading)])
        line = start + np.outer(along, [np.cos(heading), np.sin(heading)]) + np.outer(sag, across)
        polygons = strokes([line], draws.uniform(0.008, 0.02))
        delta = draws.uniform(-0.4, 0.4, 3)
    return image + coverage([p * size for p in polygons], size)[..., None] * delta


def _pool(draws: Draws, size: int) -> np.ndarray:
    """A soft spot, 0 … 1."""
    x, y = _grid(size)
    centre, radius = draws.uniform(0, 1, 2), draws.uniform(0.1, 0.3, 2)
    return np.exp(-(((x - centre[0]) / radius[0]) ** 2) - ((y - centre[1]) / radius[1]) ** 2)


# --- what is salient


def _spread(draws: Draws, objects: int) -> list[np.ndarray]:
    """Centres that keep apart: each the best of six candidates."""
    centres: list[np.ndarray] = []
    for _ in range(objects):
        candidates = draws.uniform(0.18, 0.82, (6, 2))
        apart = [min((np.hypot(*(c - o)) for o in centres), default=0.0) for c in candidates]
        centres.append(candidates[int(np.argmax(apart))])
    return centres


def _add_object(draws, image, palette, centre, objects, light, difficulty):
    """Draw one object with its shadow; the new image and the object's coverage."""
    size = len(image)
    name = draws.pick([*["superellipse", "star", "blob", "ring", "letter"] * 2, "branch", "wheel"])
    largest = {1: 0.36, 2: 0.26, 3: 0.2}[objects]
    smallest = 0.2 if name in ("branch", "wheel") else 0.15
    radius = draws.uniform(smallest, max(largest, smallest + 0.02))
    tilt = draws.uniform(-0.5, 0.5) if name == "letter" else draws.uniform(0, TURN)
    polygons = [p * size for p in place(SHAPES[name](draws), centre, radius, tilt)]
    cover = coverage(polygons, size)
    contrast = 0.62 - 0.34 * difficulty
    main = _away_from(draws, palette, contrast)
    image = _cast_shadow(draws, image, polygons, cover, light, radius)
    body = _body(draws, size, main, palette, contrast, difficulty)
    body = body * _shading(draws, cover, centre, radius, light)[..., None]
    return image * (1 - cover[..., None]) + body * cover[..., None], cover


def _body(draws: Draws, size: int, main: np.ndarray, palette, contrast: float, difficulty: float):
    """The object's own surface: plain, or patterned with a second colour."""
    if not draws.chance(0.25 + 0.5 * difficulty):
        return np.broadcast_to(main, (size, size, 3))
    if draws.chance(0.4):
        second = _away_from(draws, palette, contrast)
    else:
        second = np.clip(main + draws.uniform(-0.15, 0.15), 0, 1)
    blend = _texture(draws, size)[..., None]
    return main * (1 - blend) + second * blend


def _cast_shadow(draws: Draws, image, polygons, cover, light: float, radius: float):
    """Darken the ground beside the object, on the side away from the light."""
    size = len(image)
    reach = draws.uniform(0.1, 0.3) * radius * size
    strength = draws.uniform(0.15, 0.5)
    shift = -reach * np.array([np.cos(light), np.sin(light)])
    sigma = 0.015 + 0.02 * draws.uniform()
    shadow = _blurred(coverage([p + shift for p in polygons], size), sigma)
    return image * (1 - strength * shadow * (1 - cover))[..., None]


def _shading(draws: Draws, cover: np.ndarray, centre, radius: float, light: float) -> np.ndarray:
    """Brighter towards the light, with edges that catch it: what makes a shape a thing."""
    size = len(cover)
    x, y = _grid(size)
    towards = ((x - centre[0]) * np.cos(light) + (y - centre[1]) * np.sin(light)) / radius
    rise, run = np.gradient(_blurred(cover, 0.02))
    edge = -(run * np.cos(light) + rise * np.sin(light)) * size * 0.03
    return np.clip(
        1 + draws.uniform(0.05, 0.25) * towards + draws.uniform(0.3, 1.0) * edge, 0.5, 1.5
    )


# --- colour, light, noise


def _colours(draws: Draws, count: int) -> np.ndarray:
    """Colours of any hue, from grey to vivid, neither black nor white: (count, 3), 0 … 1."""
    hue, saturation, value = draws.uniform(size=(count, 3)).T[:, :, None]
    wheel = np.clip(np.abs((hue * 6 + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    return (0.15 + 0.8 * value) * (1 - 0.9 * saturation**1.3 * (1 - wheel))


def _away_from(draws: Draws, palette, contrast: float) -> np.ndarray:
    """A colour at least `contrast` from every colour of the ground; else the farthest of 16."""
    candidates = _colours(draws, 16)
    distance = np.linalg.norm(candidates[:, None] - np.array(palette), axis=2).min(axis=1)
    far = np.flatnonzero(distance >= contrast)
    return candidates[far[0] if len(far) else np.argmax(distance)]


def _expose(draws: Draws, image: np.ndarray, difficulty: float) -> np.ndarray:
    """What a camera adds: contrast, a slight blur, noise (a sum of three uniforms, near normal)."""
    size = len(image)
    image = np.clip(image, 0, 1) ** draws.uniform(0.8, 1.25)
    if draws.chance(0.4 * difficulty):
        sigma = draws.uniform(0.006, 0.012)
        planes = [_blurred(plane, sigma) for plane in np.moveaxis(image, 2, 0)]
        image = np.stack(planes, axis=2)
    sigma = draws.uniform(0.0, 0.08 * difficulty)
    noise = draws.uniform(-1, 1, (3, size, size, 3)).sum(axis=0)  # last: its count depends on size
    return image + sigma * noise


# --- small tables that every scene of a size shares


@lru_cache(maxsize=16)
def _grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the pixels' centres, in units of the side."""
    axis = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(axis, axis)
    return x, y


@lru_cache(maxsize=64)
def _smooth_steps(size: int, cells: int) -> np.ndarray:
    """(size, cells + 1): weights that turn a grid of values into a smooth line through them."""
    position = (np.arange(size) + 0.5) / size * cells
    distance = np.abs(position[:, None] - np.arange(cells + 1))
    t = np.clip(1 - distance, 0, 1)
    return t * t * (3 - 2 * t)


def _blurred(plane: np.ndarray, sigma: float) -> np.ndarray:
    """(size, size), blurred by a Gaussian along both axes; `sigma` in units of the side."""
    axis = np.arange(len(plane)) / len(plane)
    weights = np.exp(-0.5 * ((axis[:, None] - axis) / sigma) ** 2)
    soft = weights / weights.sum(axis=1, keepdims=True)
    return _product(_product(soft, plane), soft.T)


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b, in strips so small that BLAS does not spread them over threads.

    Those would fight for the cores with the threads of the training that waits for this scene:
    on two cores drawing took four times as long.
    """
    rows = max(1, 2**17 // b.size)
    return np.concatenate([a[top : top + rows] @ b for top in range(0, len(a), rows)])


@lru_cache(maxsize=len(PHOTOGRAPHED))
def _integral(kind: str) -> np.ndarray:
    """The summed-area table of a photographed texture, its middle 96 % of greys made 0 … 1."""
    import skimage.data

    grey = getattr(skimage.data, kind)().astype(np.float64)
    low, high = np.percentile(grey, [2, 98])
    grey = np.clip((grey - low) / (high - low), 0, 1)
    return np.pad(grey.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
