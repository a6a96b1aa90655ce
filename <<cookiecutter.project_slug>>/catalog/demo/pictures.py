"""Pictures of the demo products: a few shapes, one light, one table.

`draw()` returns an SVG drawing of 400 x 400 units. The table's edge is at y = 300, and
objects on the table have their base at y = 330. Colours are SVG colour values.
"""

from collections.abc import Callable

CLAY = "#c8795a"
CREAM = "#f6efe2"
GLAZE = "#7f9fb0"
GOLD = "#dcab52"
INK = "#3d3a38"
LEAF = "#6f8f6a"
PINE = "#41615a"
ROSE = "#cf9a94"
SAND = "#dcc7a4"
STEEL = "#b9c0c2"
WALNUT = "#7d5540"
OLIVE_WOOD = "#b98a5c"

Shape = Callable[[str, str], str]


def draw(shape: Shape, main: str, accent: str, wall: str) -> str:
    """Return the SVG picture of `shape` in its two colours, in front of a wall."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">'
        '<linearGradient id="light"><stop stop-color="#fff" stop-opacity=".22"/>'
        '<stop offset=".45" stop-color="#fff" stop-opacity="0"/>'
        '<stop offset="1" stop-opacity=".2"/></linearGradient>'
        f'<path fill="{wall}" d="M0 0h400v400H0z"/>'
        '<circle cx="200" cy="190" r="142" fill="#fff" opacity=".38"/>'
        '<path d="M0 300h400v100H0z" opacity=".07"/>'
        f"{shape(main, accent)}</svg>"
    )


# What shapes are made of
# -----------------------


def _flat(color: str, path: str) -> str:
    return f'<path fill="{color}" d="{path}"/>'


def _solid(color: str, path: str) -> str:
    """Return a solid shape, lit from the left and shaded on the right."""
    return _flat(color, path) + _flat("url(#light)", path)


def _line(color: str, width: float, path: str) -> str:
    return (
        f'<path fill="none" stroke="{color}" stroke-width="{width}" '
        f'stroke-linecap="round" stroke-linejoin="round" d="{path}"/>'
    )


def _handle(color: str, width: float, path: str) -> str:
    """Return a line darkened by the shadow of the object it is attached to."""
    return _line(color, width, path) + _line("#0002", width, path)


def _oval(color: str, x: float, y: float, rx: float, ry: float) -> str:
    return f'<ellipse cx="{x}" cy="{y}" rx="{rx}" ry="{ry}" fill="{color}"/>'


def _box(color: str, x: float, y: float, width: float, height: float, r: float) -> str:
    box = f'x="{x}" y="{y}" width="{width}" height="{height}" rx="{r}"'
    return f'<rect {box} fill="{color}"/><rect {box} fill="url(#light)"/>'


def _shadow(x: float, width: float) -> str:
    return f'<ellipse cx="{x}" cy="331" rx="{width / 2}" ry="11" opacity=".16"/>'


def _turned(degrees: float, content: str) -> str:
    return f'<g transform="rotate({degrees} 200 200)">{content}</g>'


# Tea
# ---


def _tin(main: str, accent: str, motif: str) -> str:
    return (
        _shadow(200, 190)
        + _box(main, 122, 130, 156, 202, 12)
        + _box(main, 114, 104, 172, 44, 10)
        + '<path d="M122 148h156v7H122z" opacity=".14"/>'
        + f'<circle cx="200" cy="238" r="56" fill="{CREAM}"/>'
        + f'<g fill="{accent}" stroke="{accent}">{motif}</g>'
    )


def tin_with_leaf(main: str, accent: str) -> str:
    return _tin(
        main,
        accent,
        '<path d="M172 268c-6-44 16-66 58-66 2 42-18 68-58 66z"/>'
        '<path d="M164 278l40-46" fill="none" stroke-width="4"/>',
    )


def tin_with_flame(main: str, accent: str) -> str:
    return _tin(
        main,
        accent,
        '<path d="M203 196c4 24 32 34 32 58a35 35 0 0 1-70 0c0-16 10-22 14-36 '
        '8 4 10 10 10 18 12-8 16-22 14-40z" stroke="none"/>',
    )


def tin_with_citrus(main: str, accent: str) -> str:
    return _tin(
        main,
        accent,
        '<circle cx="200" cy="238" r="37" fill="none" stroke-width="6"/>'
        '<path d="M200 210v56M176 224l48 28M224 224l-48 28" stroke-width="5"/>',
    )


def tin_with_flower(main: str, accent: str) -> str:
    petals = "".join(
        f'<ellipse cx="200" cy="212" rx="10" ry="18" stroke="none" '
        f'transform="rotate({turn} 200 238)"/>'
        for turn in range(0, 360, 45)
    )
    return _tin(main, accent, petals + _oval(CREAM, 200, 238, 11, 11))


def tin_with_star(main: str, accent: str) -> str:
    points = "".join(
        f'<path d="M200 238l-9-22 9-18 9 18z" stroke="none" '
        f'transform="rotate({turn} 200 238)"/>'
        for turn in range(0, 360, 45)
    )
    return _tin(main, accent, points)


# Teaware
# -------


def teapot(main: str, accent: str) -> str:
    return (
        _shadow(200, 190)
        + _handle(main, 18, "M286 218c58-30 62 66-8 74")
        + _solid(main, "M128 250c-34-8-38-54-66-62l22-14c34 8 40 38 60 46z")
        + _solid(main, "M110 248c0-46 38-74 90-74s90 28 90 74-34 84-90 84-90-38-90-84z")
        + _solid(accent, "M148 184c6-22 28-32 52-32s46 10 52 32c-34 10-70 10-104 0z")
        + _oval(accent, 200, 144, 14, 13)
    )


def iron_pot(main: str, accent: str) -> str:
    rows = (
        f"M{126 - offset} {y}h{148 + 2 * offset}"
        for y, offset in ((226, 6), (246, 12), (266, 13), (286, 8))
    )
    return (
        _shadow(200, 190)
        + _line(accent, 10, "M124 214c-8-130 160-130 152 0")
        + _solid(main, "M122 236c-26-2-34-30-54-34l16-16c28 2 36 22 52 26z")
        + _solid(
            main, "M106 256c0-36 40-60 94-60s94 24 94 60c0 46-30 76-94 76s-94-30-94-76z"
        )
        + f'<g stroke="{CREAM}" stroke-width="5" stroke-dasharray="0 13" '
        + 'stroke-linecap="round" opacity=".35">'
        + f'<path d="{"".join(rows)}"/></g>'
        + _solid(main, "M146 204c10-18 98-18 108 0-34 9-74 9-108 0z")
        + _oval(accent, 200, 184, 12, 10)
    )


def kettle(main: str, accent: str) -> str:
    return (
        _shadow(210, 190)
        + _line(accent, 16, "M262 168h46c22 0 26 18 24 40l-6 74")
        + _handle(main, 15, "M142 290c-48 4-28-84-50-128-6-12-18-14-30-10")
        + _solid(main, "M156 180h108l34 134c2 12-4 18-14 18H136c-10 0-16-6-14-18z")
        + _solid(accent, "M160 180c2-18 18-26 50-26s48 8 50 26z")
        + _oval(INK, 210, 144, 13, 12)
    )


def infuser(main: str, accent: str) -> str:
    holes = "".join(
        f'<circle cx="{x}" cy="{y}" r="5"/>'
        for y, xs in (
            (254, (162, 187, 213, 238)),
            (276, (160, 180, 200, 220, 240)),
            (298, (174, 200, 226)),
        )
        for x in xs
    )
    return (
        _shadow(200, 130)
        + _line(accent, 6, "M200 180c0-40 40-36 40-74s-52-40-52-8")
        + _solid(main, "M130 246a70 70 0 0 1 140 0z")
        + _solid(main, "M130 246h140v16a70 70 0 0 1-140 0z")
        + f'<g fill="{INK}" opacity=".5">{holes}</g>'
        + _box(accent, 122, 234, 156, 14, 7)
        + _oval(accent, 200, 178, 10, 10)
    )


def whisk(main: str, accent: str) -> str:
    tines = "".join(
        f"M{200 + step * 6} 206Q{200 + step * 21} 262 {200 + step * 15} 322"
        for step in range(-4, 5)
    )
    return (
        _shadow(200, 150)
        + _line(main, 5, tines)
        + _box(main, 168, 84, 64, 118, 12)
        + _line(accent, 8, "M170 196h60M170 208h60")
        + _line(accent, 2, "M180 94v92M200 94v92M220 94v92")
    )


def tea_bowl(main: str, accent: str) -> str:
    return (
        _shadow(200, 130)
        + _box(main, 158, 308, 84, 24, 6)
        + _solid(main, "M104 204h192c4 74-32 114-96 114s-100-40-96-114z")
        + _solid(
            CREAM,
            "M103 226c-8-40 200-40 194 0-6 28-34 18-48 36s-34-6-52 10-30-2"
            "-46-12-42-6-48-34z",
        )
        + _oval(main, 200, 204, 96, 20)
        + _oval(accent, 200, 208, 84, 14)
    )


# Tableware
# ---------


def mug(main: str, accent: str) -> str:
    return (
        _shadow(195, 170)
        + _handle(main, 20, "M262 200c64-14 64 90-4 84")
        + _solid(main, "M116 156h156v146c0 20-10 30-30 30h-96c-20 0-30-10-30-30z")
        + _solid(accent, "M116 272h156v30c0 20-10 30-30 30h-96c-20 0-30-10-30-30z")
        + _oval(main, 194, 156, 78, 16)
        + '<ellipse cx="194" cy="158" rx="68" ry="11" opacity=".3"/>'
    )


def espresso_cups(main: str, accent: str) -> str:
    def cup(color: str, x: int, y: int) -> str:
        return (
            _handle(color, 11, f"M{x + 98} {y + 18}c38-6 34 46-6 42")
            + _solid(color, f"M{x} {y}h106c0 54-14 80-53 80s-53-26-53-80z")
            + _oval(color, x + 53, y, 53, 11)
            + _oval(WALNUT, x + 53, y + 2, 44, 7)
        )

    return (
        _shadow(196, 220)
        + _solid(CREAM, "M92 314h208c-8 14-20 18-40 18H132c-20 0-32-4-40-18z")
        + cup(accent, 138, 152)
        + cup(main, 138, 236)
    )


def bowls(main: str, accent: str) -> str:
    def bowl(color: str, y: int, half: int) -> str:
        return _solid(
            color,
            f"M{200 - half} {y}h{2 * half}c0 {half * 0.5:g}-{half * 0.4:g} "
            f"{half * 0.8:g}-{half} {half * 0.8:g}s-{half}-{half * 0.3:g}"
            f"-{half}-{half * 0.8:g}z",
        ) + _oval(color, 200, y, half, half * 0.13)

    return (
        _shadow(200, 130)
        + _box(main, 156, 312, 88, 20, 6)
        + bowl(main, 226, 116)
        + bowl(CREAM, 196, 104)
        + bowl(accent, 166, 92)
        + '<ellipse cx="200" cy="168" rx="80" ry="9" opacity=".2"/>'
    )


def plate(main: str, accent: str) -> str:
    speckles = "".join(
        f'<circle cx="{x}" cy="{y}" r="{r}"/>'
        for x, y, r in (
            (150, 130, 3), (196, 96, 2), (258, 128, 3), (292, 190, 2), (120, 200, 2),
            (176, 176, 2), (228, 204, 3), (186, 244, 3), (250, 250, 2), (142, 268, 3),
            (216, 300, 2), (276, 272, 3), (222, 152, 2), (160, 214, 2), (104, 232, 2),
        )
    )  # fmt: skip
    return (
        _shadow(200, 170)
        + f'<circle cx="200" cy="208" r="124" fill="{main}"/>'
        + '<circle cx="200" cy="208" r="124" fill="url(#light)"/>'
        + f'<circle cx="200" cy="208" r="121" fill="none" stroke="{accent}" '
        + 'stroke-width="6"/>'
        + '<circle cx="200" cy="208" r="82" opacity=".06"/>'
        + f'<circle cx="202" cy="210" r="80" fill="{main}"/>'
        + f'<g fill="{accent}">{speckles}</g>'
    )


def jug(main: str, accent: str) -> str:
    return (
        _shadow(196, 160)
        + _handle(main, 18, "M258 168c70-10 66 96-4 104")
        + _solid(
            main,
            "M136 106l-26 18c16 10 20 26 20 46-22 30-26 60-22 96 4 48 34 66 88 66s84-18"
            " 88-66c4-44-22-74-22-110l2-50z",
        )
        + _solid(accent, "M108 262h176c0 52-34 70-88 70s-86-18-88-70z")
        + '<path d="M136 106h128c-10 16-112 16-128 0z" opacity=".25"/>'
    )


def vase(main: str, accent: str) -> str:
    leaves = "".join(
        f'<ellipse cx="{x}" cy="{y}" rx="24" ry="10" '
        f'transform="rotate({turn} {x} {y})"/>'
        for x, y, turn in (
            (172, 128, 40), (226, 112, -40), (176, 92, 42),
            (222, 74, -44), (199, 52, 88),
        )
    )  # fmt: skip
    return (
        _shadow(200, 110)
        + _line(accent, 5, "M200 190V60")
        + f'<g fill="{accent}">{leaves}</g>'
        + _solid(
            main,
            "M178 172h44l-4 42c40 14 48 44 42 76-6 30-24 42-60 42s-54-12-60-42c-6-32"
            " 2-62 42-76z",
        )
        + _oval(main, 200, 172, 22, 6)
    )


# Kitchen tools
# -------------


def spoons(main: str, accent: str) -> str:
    def spoon(color: str, degrees: int) -> str:
        return _turned(
            degrees,
            _box(color, 192, 150, 16, 196, 8)
            + _solid(
                color, "M200 50c28 0 40 30 40 58s-16 56-40 56-40-28-40-56 12-58 40-58z"
            )
            + '<ellipse cx="200" cy="110" rx="26" ry="40" opacity=".12"/>',
        )

    return spoon(accent, -28) + spoon(main, 24)


def board(main: str, accent: str) -> str:
    return (
        _shadow(200, 180)
        + _solid(
            main,
            "M182 60h36c12 0 18 8 18 18v44h32c14 0 22 8 22 22v166c0 14-8 22-22 22H132"
            "c-14 0-22-8-22-22V144c0-14 8-22 22-22h32V78c0-10 6-18 18-18z",
        )
        + _line(
            accent,
            3,
            "M128 176q72-22 144 6M128 216q60 20 144-4M128 262q80-18"
            " 144 8M140 304q60 10 120 0",
        )
        + '<circle cx="200" cy="86" r="10" opacity=".45"/>'
    )


def knife(main: str, accent: str) -> str:
    return _turned(
        38,
        _solid(STEEL, "M182 40c36 44 42 104 40 176h-40z")
        + _flat("#fff6", "M182 40c24 40 30 104 29 176h-7c0-70-6-130-22-166z")
        + _box(accent, 178, 212, 48, 18, 4)
        + _box(main, 182, 228, 40, 130, 16)
        + _line(STEEL, 9, "M202 256v0M202 292v0M202 328v0"),
    )


def rolling_pin(main: str, accent: str) -> str:
    return _turned(
        -38,
        _box(accent, 28, 186, 344, 28, 14)
        + _box(main, 84, 164, 232, 72, 20)
        + '<path d="M110 184h150M140 212h150" stroke="#fff" stroke-width="3" '
        + 'opacity=".3"/>',
    )


def mortar(main: str, accent: str) -> str:
    return (
        _shadow(200, 170)
        + _turned(28, _box(accent, 186, 52, 30, 170, 15))
        + _solid(
            main, "M104 188h192c2 56-18 92-50 110l22 34H132l22-34c-32-18-52-54-50-110z"
        )
        + _box(main, 92, 172, 216, 30, 14)
        + '<path d="M110 214h180" stroke="#000" stroke-width="4" opacity=".14"/>'
    )


def skillet(main: str, accent: str) -> str:
    return _turned(
        -45,
        _box(main, 182, 268, 36, 124, 16)
        + '<circle cx="200" cy="372" r="8" fill="#fff" opacity=".55"/>'
        + f'<circle cx="200" cy="170" r="114" fill="{main}"/>'
        + '<circle cx="200" cy="170" r="114" fill="url(#light)"/>'
        + f'<circle cx="200" cy="170" r="92" fill="{accent}"/>',
    ) + (
        f'<path fill="{CREAM}" d="M126 150c18-34 60-20 78-6s44-2 46 34-30 30-44 46-54 '
        '14-66-10-26-36-14-64z"/>'
        f'<circle cx="184" cy="180" r="25" fill="{GOLD}"/>'
    )


# Linen
# -----


def tea_towel(main: str, accent: str) -> str:
    return (
        _line(WALNUT, 12, "M84 92h232")
        + _solid(main, "M122 84h156v236q-39 14-78 0t-78 0z")
        + "".join(
            _line(accent, width, f"M122 {y}h156")
            for y, width in ((252, 12), (272, 4), (284, 4), (128, 4))
        ).replace('"round"', '"butt"')
        + '<path d="M122 84h156v14H122z" opacity=".14"/>'
    )


def napkins(main: str, accent: str) -> str:
    colors = (main, CREAM, accent, CREAM, main)
    return (
        _shadow(200, 220)
        + "".join(
            _box(color, 92 + shift, 306 - 26 * row, 216, 26, 12)
            for row, (color, shift) in enumerate(
                zip(colors, (0, 5, -3, 3, 0), strict=True)
            )
        )
        + (
            _line(OLIVE_WOOD, 5, "M200 332V200")
            + _line(
                OLIVE_WOOD,
                5,
                "M200 202c-44-46-64 8 0 0c64 8 44-46 0 0l-26 26m26-26l26 26",
            )
        )
    )


def apron(main: str, accent: str) -> str:
    return (
        _line(accent, 7, "M156 112c-10-74 98-74 88 0M132 190L84 222M268 190l48 32")
        + _solid(
            main,
            "M156 106h88c0 46 10 66 34 78v132q0 16-16 16H138q-16 0-16-16V184c24-12 34"
            "-32 34-78z",
        )
        + _box(accent, 160, 222, 80, 66, 10)
        + '<path d="M160 238h80" stroke="#000" stroke-width="3" opacity=".2"/>'
    )


def oven_mitt(main: str, accent: str) -> str:
    return _turned(
        12,
        _solid(
            main,
            "M132 302V146c0-50 26-76 62-76s60 26 60 76v34c10-22 24-36 42-28 22 10 10 42"
            "-2 66-10 20-22 34-40 44v40z",
        )
        + '<path d="M150 130l84 84M150 180l78 78M176 96l72 72M150 232l60 60M238 110'
        + 'l-88 88M248 152l-98 98M240 212l-78 78" stroke="#fff" stroke-width="2" '
        + 'opacity=".35"/>'
        + _box(accent, 122, 292, 144, 40, 12),
    )


# Pantry
# ------


def jar(main: str, accent: str) -> str:
    return (
        _shadow(200, 160)
        + _box(main, 126, 136, 148, 196, 26)
        + _box(accent, 132, 96, 136, 44, 10)
        + _box(CREAM, 126, 206, 148, 78, 0)
        + _line(accent, 5, "M156 232h88M172 252h56")
        + '<path d="M142 164v140" stroke="#fff" stroke-width="7" opacity=".5" '
        + 'stroke-linecap="round"/>'
    )


def jam_jar(main: str, accent: str) -> str:
    return (
        _shadow(200, 170)
        + _box(main, 120, 164, 160, 168, 30)
        + f'<circle cx="200" cy="254" r="44" fill="{CREAM}"/>'
        + f'<circle cx="198" cy="260" r="20" fill="{main}"/>'
        + _line(LEAF, 6, "M200 240q4-14 18-14")
        + _solid(
            accent,
            "M118 132q82-34 164 0l14 46-20-10-18 12-20-10-20 12-18-12-18 12"
            "-20-12-20 10-18-12-20 10z",
        )
        + _line(CREAM, 5, "M124 156q76-16 152 0")
    )


def bottle(main: str, accent: str) -> str:
    return (
        _shadow(200, 120)
        + _box(WALNUT, 184, 52, 32, 30, 6)
        + _solid(
            main,
            "M182 78h36v70c0 22 36 30 36 66v102q0 16-16 16h-76q-16 0-16-16V214c0-36 36"
            "-44 36-66z",
        )
        + _box(CREAM, 146, 226, 108, 74, 0)
        + _oval(accent, 194, 266, 13, 17)
        + _line(LEAF, 5, "M198 250q10-12 24-10")
    )


def salt_pig(main: str, accent: str) -> str:
    return (
        _shadow(200, 180)
        + _solid(
            main,
            "M112 262c0-80 26-154 88-154 52 0 88 66 88 154 0 50-28 70-88 70s-88-20-88"
            "-70z",
        )
        + _oval(INK, 182, 206, 54, 58)
        + _flat(
            accent,
            "M130 218c20-22 36-10 52-24s36 4 52 20c-2 28-24 50-52 50s-50-22-52-46z",
        )
        + _line(main, 13, "M182 148a54 58 0 1 0 .1 0")
    )


def chocolate(main: str, accent: str) -> str:
    squares = "".join(
        f'<rect x="{x}" y="{y}" width="44" height="32" rx="4"/>'
        for y in (66, 106)
        for x in (130, 178, 226)
    )
    return _turned(
        10,
        _box(main, 122, 56, 156, 130, 8)
        + f'<g fill="#fff" opacity=".14">{squares}</g>'
        + _solid(
            STEEL,
            "M118 156l16 10 16-12 18 12 18-12 18 12 18-12 18 12 18-12 24 10v28H118z",
        )
        + _box(accent, 116, 176, 168, 164, 6)
        + _box(CREAM, 140, 214, 120, 82, 4)
        + _line(main, 5, "M162 240h76M176 262h48"),
    )
