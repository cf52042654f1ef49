"""Wrong normalisations and wrong BNP: (file, old, new, why, test files). See mutants.py."""

BNP = "optimizers/matrix/bnp.py"
THEORY = "theory/normalization.py"
DATA = "theory/hidden_data.py"

MUTANTS = [
    (
        BNP,
        "spread = spread + keep * moved**2",
        "spread = spread + moved**2",
        "the distance of means counts whole, not times the weight of the past",
        "references_bnp",
    ),
    (
        BNP,
        "averaged = 1 - 1 / (t + 1)",
        "averaged = 1 - 1 / (t + 2)",
        "the first batch is averaged with the start",
        "references_bnp",
    ),
    (
        BNP,
        "found[pair.bias] = found[pair.weight]",
        "pass",
        "the bias is not divided by q2",
        "references_bnp identities_bnp",
    ),
    (
        BNP,
        "found[pair.weight] = max(m / examples, 1.0)",
        "found[pair.weight] = max(examples / m, 1.0)",
        "q2 upside down",
        "references_bnp",
    ),
    (
        BNP,
        "largest = variance.max(-1, keepdims=True)",
        "largest = variance.mean(-1, keepdims=True)",
        "eps1 times the mean variance",
        "references_bnp",
    ),
    (
        BNP,
        "            spread = (a**2).mean(-2, keepdims=True)",
        "            spread = a.var(-2, keepdims=True)",
        "a layer without bias is scaled by the variance, not by the second moment",
        "identities_bnp",
    ),
    (
        BNP,
        "blocks.append(x * q)",
        "blocks.append(x / q / q)",
        "the metric divides by q2",
        "identities_bnp",
    ),
    (
        "maps.py",
        "        b = b - (w * mu).sum(-1)",
        "        b = b + (w * mu).sum(-1)",
        "the mean is added where it is taken off",
        "identities_bnp references_bnp",
    ),
    (
        "maps.py",
        "        w = w - b[..., None] * mu\n",
        "        w = w + b[..., None] * mu\n",
        "the mean's share of the gradient is added",
        "identities_bnp references_bnp",
    ),
    (
        "maps.py",
        "        w = w + b[..., None] * mu\n    return w, b",
        "        w = w + 0 * mu\n    return w, b",
        "P^-T forgets the mean",
        "identities_bnp",
    ),
    (
        DATA,
        "weighted = p[..., None] * moved",
        "weighted = moved / h.shape[-2]",
        "a covariance without weights",
        "theory_normalization",
    ),
    (
        DATA,
        "moved = grouped - grouped.mean(-1, keepdims=True)",
        "moved = grouped",
        "layer normalisation does not centre",
        "theory_normalization",
    ),
    (
        THEORY,
        "projected = c - _outer(moved) / scale",
        "projected = c - _outer(moved)",
        "batch normalisation's direction is not projected off",
        "theory_normalization",
    ),
    (
        THEORY,
        "    least = np.minimum(clipped, 1.0)",
        "    least = clipped",
        "the bias is forgotten after centring",
        "theory_normalization",
    ),
    (
        "theory/bnp.py",
        "u[..., 0, 1:] = -mu",
        "u[..., 0, 1:] = mu",
        "U with the wrong sign",
        "theory_normalization",
    ),
    (
        "objectives/networks/normalisation.py",
        "        return s * own + ds * self._projected(at.y, g)",
        "        return s * own",
        "the Hessian does not differentiate the scale of a batch",
        "identities_bnp",
    ),
]
