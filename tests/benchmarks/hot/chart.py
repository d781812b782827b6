"""A picture of cost against size: a field for each operation, in it a line for each mode."""

import html
from collections.abc import Iterator, Sequence

from tests.benchmarks.hot.figures import Row

WIDTH, HEIGHT, COLUMNS = 210, 120, 5
_TOP, _LEFT, _RIGHT, _BOTTOM = 30, 12, 60, 14
_COLOURS = {"file": "#1b7837", "server": "#b2182b", "replica": "#2166ac"}


def svg(rows: Sequence[Row]) -> str:
    """CPU of the workers for a request, at each size. Every field has a scale of its own, from zero."""
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
    return f'<text x="12" y="22" font-size="13">CPU per request in microseconds, at {" and ".join(sizes)}</text>{modes}'


def _field(name: str, sizes: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    top = max(row.cpu_us for row in rows)

    def x(size: str) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * sizes.index(size) / max(1, len(sizes) - 1)

    def y(cpu_us: float) -> float:
        return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - cpu_us / top)

    yield f'<text x="{_LEFT}" y="16" font-weight="bold">{html.escape(name)}</text>'
    yield f'<path d="M{_LEFT} {y(0):.1f}H{WIDTH - _RIGHT}" stroke="#999"/>'
    for size in sizes:
        yield f'<text x="{x(size):.1f}" y="{HEIGHT - 2}" text-anchor="middle" fill="#666">{html.escape(size)}</text>'
    for mode, colour in _COLOURS.items():
        points = [(x(row.size), y(row.cpu_us), row.cpu_us) for row in rows if row.mode == mode]
        path = " ".join(f"{left:.1f},{height:.1f}" for left, height, _ in points)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>' if points else ""
        for left, height, _ in points:
            yield f'<circle cx="{left:.1f}" cy="{height:.1f}" r="2.5" fill="{colour}"/>'
        if points:
            left, height, cpu_us = points[-1]
            yield f'<text x="{left + 6:.1f}" y="{height + 3:.1f}" fill="{colour}">{cpu_us:,.0f}</text>'
