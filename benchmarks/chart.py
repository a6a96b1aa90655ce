"""A bar chart as SVG, readable on a light and on a dark background."""

from html import escape

COLORS = {"limit": "#8a8f98", "ours": "#2f7d5b", "tutorial": "#c7803b"}
BAR, GAP, LEFT, WIDTH = 14, 14, 170, 760


def chart(title: str, results: dict[str, dict[str, float]]) -> str:
    """Return the SVG of `{group: {name of a bar: number}}`, with each bar's number."""
    highest = max(max(bars.values()) for bars in results.values())
    shapes, y = [], 46
    for number, (name, color) in enumerate(COLORS.items()):
        x = LEFT + 110 * number
        shapes.append(f'<rect x="{x}" y="22" width="10" height="10" fill="{color}"/>')
        shapes.append(f'<text x="{x + 15}" y="31">{name}</text>')
    for group, bars in results.items():
        middle = y + BAR * len(bars) / 2 + 4
        shapes.append(
            f'<text x="{LEFT - 10}" y="{middle}" text-anchor="end">{escape(group)}</text>'
        )
        for name, value in bars.items():
            width = (WIDTH - LEFT - 60) * value / highest
            shapes.append(
                f'<rect x="{LEFT}" y="{y}" width="{width:.0f}" height="{BAR - 2}" '
                f'fill="{COLORS[name]}"/>'
                f'<text x="{LEFT + width + 6:.0f}" y="{y + 10}">{value:.0f}</text>'
            )
            y += BAR
        y += GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" '
        'font-family="sans-serif" font-size="12" fill="#767b84">'
        f'<text x="{LEFT}" y="14" font-weight="bold">{escape(title)}: requests per second'
        f"</text>{''.join(shapes)}</svg>\n"
    )
