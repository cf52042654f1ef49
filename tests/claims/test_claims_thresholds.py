"""Claims about a threshold: measured on both sides of what their formula gives, and of what it
gives with constants moved."""

from sympy import Rational

from lab.claims import between, claim, derived, judge, symbols, threshold

x, eta, stays = symbols("x eta stays")


def made(says, measure, where):
    over = {x: between(1, 2)}
    return claim("own/claim", over=over, says=says, where=where, cites=derived("here"))(measure)


def test_thresholds():
    def stable(x, eta):
        return {stays: eta * x < 2}

    good = made({"edge": threshold(eta, 2 / x, stays, because="exact")}, stable, where={stays: "s"})
    v = judge(good)
    assert v.holds
    assert v.tightness is None
    assert all(c.noticed for c in v.parts[0].controls)
    assert v.parts[0].text == "stays iff eta < 2/x"
    off = threshold(eta, Rational(202, 100) / x, stays, because="wrong by 1 %")
    assert not judge(made({"edge": off}, stable, where={stays: "s"})).holds
