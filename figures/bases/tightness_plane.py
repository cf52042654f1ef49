"""Where GN^-1/2 helps least in the plane."""

import _tightness

READS = ("tightness_plane",)


def draw(data):
    return _tightness.draw(
        data,
        """Quadratics in the plane, turned by an angle: the condition number that GN^-1/2 leaves
        over the one that it found.""",
        "what GN$^{-1/2}$ leaves in the plane",
        "condition number",
        "angle φ to the eigenbasis (radians)",
        xscale="log",
    )
