"""A picture of cost against size: a field for each operation, in it a line for each mode."""

import html
from collections.abc import Iterator, Sequence

from tests.benchmarks.hot.figures import Row

WIDTH, HEIGHT, COLUMNS = 210, 120, 5
_LETTERS = 10  # the height of a line of text
_TOP, _LEFT, _RIGHT, _BOTTOM = 30, 12, 60, 14
_COLOURS = {"file": "#1b7837", "server": "#b2182b", "replica": "#2166ac"}


def svg(rows: Sequence[Row]) -> str:
    """CPU for a request at each size, of workers and of a libSQL server. Every field has its own scale, from zero."""
    names = list(dict.fromkeys(row.operation for row in rows))
    sizes = list(dict.fromkeys(row.size for row in rows))
    lines = -(-len(names) // COLUMNS)
    fields = [
        f'<g transform="translate({place % COLUMNS * WIDTH},{40 + place // COLUMNS * HEIGHT})">'
        f"{''.join(_field(name, sizes, [row for row in rows if row.operation == name]))}</g>"
        for place, name in enumerate(names)
    ]
    width, height = COLUMNS * WIDTH, 50 + lines * HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"'
        f' font-size="10">\n<rect width="{width}" height="{height}" fill="white"/>\n'
        f"{_legend(sizes)}\n{chr(10).join(fields)}\n</svg>\n"
    )


def _legend(sizes: Sequence[str]) -> str:
    modes = "".join(
        f'<text x="{430 + 70 * place}" y="22" fill="{colour}">&#9632; {mode}</text>'
        for place, (mode, colour) in enumerate(_COLOURS.items())
    )
    return f'<text x="12" y="22" font-size="13">Microseconds of CPU per request, at {" and ".join(sizes)}</text>{modes}'


def _field(name: str, sizes: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    top = max(map(_cost_us, rows))

    def x(size: str) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * sizes.index(size) / max(1, len(sizes) - 1)

    def y(cost_us: float) -> float:
        return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - cost_us / top)

    yield f'<text x="{_LEFT}" y="16" font-weight="bold">{html.escape(name)}</text>'
    yield f'<path d="M{_LEFT} {y(0):.1f}H{WIDTH - _RIGHT}" stroke="#999"/>'
    for size in sizes:
        yield f'<text x="{x(size):.1f}" y="{HEIGHT - 2}" text-anchor="middle" fill="#666">{html.escape(size)}</text>'
    for mode in dict.fromkeys(row.mode for row in rows):
        points = [(x(row.size), y(_cost_us(row))) for row in rows if row.mode == mode]
        path = " ".join(f"{left:.1f},{height:.1f}" for left, height in points)
        yield f'<polyline points="{path}" fill="none" stroke="{_COLOURS[mode]}" stroke-width="1.5"/>'
        yield from (
            f'<circle cx="{left:.1f}" cy="{height:.1f}" r="2.5" fill="{_COLOURS[mode]}"/>' for left, height in points
        )
    lowest = 0.0
    for row in sorted((row for row in rows if row.size == sizes[-1]), key=_cost_us, reverse=True):
        lowest = max(y(_cost_us(row)) + 3, lowest + _LETTERS)
        left = x(row.size) + 6
        yield f'<text x="{left:.1f}" y="{lowest:.1f}" fill="{_COLOURS[row.mode]}">{_cost_us(row):,.0f}</text>'


def _cost_us(row: Row) -> float:
    return row.cpu_us + (row.server_us or 0.0)
