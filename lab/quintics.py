"""Published coefficients of polynomial roots: (a, b, c) of a step x -> a x + b x^3 + c x^5.

One row per step, whose last is repeated; four to five digits are as published. Jordan et al. 2024;
Polar Express, Amsel et al. 2025 (Alg. 1), without its last map; CANS as shipped in NeMo, the same
construction without cushion and margin; You's list as shipped in optax under "dion"; Cesista's list
of eight for small singular values, which one library ships under the name of Polar Express, with
7.2086 in the place of 8.2051 (= 8.2872 / 1.01), -22.9019, 16.4607; cubics, c = 0.

What five steps leave of the distance to 1, on singular values in [0.01, 1] and in [0.001, 1], and
how much they multiply a tiny one by (lab.theory.kronecker.polar):

    JORDAN    .318  .529     485        CANS      .120  .120    1049
    EXPRESS   .124  .124    1026        YOU       .032  .525     493
    CUBIC     .300  .881     119

None is best on both intervals. EXPRESS and LAST tend to 1 with more steps, the others do not.
"""

JORDAN = ((3.4445, -4.7750, 2.0315),)
CANS = (
    (8.4703, -25.1081, 18.6293),
    (4.1828, -3.1087, 0.5806),
    (3.9619, -2.9541, 0.5630),
    (3.2866, -2.4647, 0.5074),
    (2.2737, -1.6447, 0.4162),
)
YOU = (
    (4.0848, -6.8946, 2.9270),
    (3.9505, -6.3029, 2.6377),
    (3.7418, -5.5913, 2.3037),
    (2.8769, -3.1427, 1.2046),
    (2.8366, -3.0525, 1.2012),
)
EXPRESS = (
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488024314874, 0.51004894012372),
    (2.300652019954817, -1.6689039845747493, 0.4188073119525673),
    (1.891301407787398, -1.2679958271945868, 0.37680408948524835),
    (1.8750014808534479, -1.2500016453999487, 0.3750001645474248),
)
CESISTA = (
    (7.2086, -15.5131, 9.0178),
    (3.9623, -2.5813, 0.4542),
    (3.9466, -2.5765, 0.4544),
    (3.8991, -2.5671, 0.4566),
    (3.7186, -2.5308, 0.4653),
    (3.1390, -2.3073, 0.4733),
    (2.1715, -1.5246, 0.3885),
    (1.8648, -1.2224, 0.3577),
)
CUBIC = (
    (3.3656576, -3.3420992, 0.0),
    (2.5744352, -1.4957376, 0.0),
    (2.5368962, -1.4312570, 0.0),
    (2.4418906, -1.2764040, 0.0),
    (2.2230472, -0.9630650, 0.0),
)
# p(1) = 1, p'(1) = p''(1) = 0: converges cubically; also the last map of Polar Express
LAST = (15 / 8, -5 / 4, 3 / 8)
# Polar Express divides the argument of every step but the last by it, and the start: in low
# precision a singular value can exceed 1
MARGIN = 1.01
