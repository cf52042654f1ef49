"""Twenty random architectures against PyTorch's autograd in double precision: loss, gradient,
Hessian-vector product. Needs the extra `crosscheck`."""

import numpy as np
import pytest
from examples import start

from lab.arrays import Layers
from lab.objectives import MLP, ConvNet
from lab.objectives.networks.activations import ACTIVATIONS
from lab.objectives.networks.losses import LOSSES

torch = pytest.importorskip("torch", reason="pip install 'precond-lab[crosscheck]'")
functional = torch.nn.functional

SUMMED = {"reduction": "sum"}
TORCH_LOSS = {
    "half_mse": lambda z, t: functional.mse_loss(z, t, **SUMMED) / 2,
    "mse": lambda z, t: functional.mse_loss(z, t, **SUMMED),
    "bce": lambda z, t: functional.binary_cross_entropy_with_logits(z, t, **SUMMED),
    "softmax": lambda z, t: functional.cross_entropy(z, t, **SUMMED),
}
TORCH_ACTIVATION = {
    "linear": lambda h: h,
    **{name: getattr(functional, name) for name in ("relu", "softplus", "gelu")},
    **{name: getattr(torch, name) for name in ("tanh", "sigmoid")},
}


def drawn(seed):
    """A network, and how torch computes its outputs from a list of parameters."""
    rng = np.random.default_rng(seed)
    m = int(rng.integers(2, 9))
    loss = str(rng.choice(list(LOSSES)))
    outputs = int(rng.integers(2, 5))
    y = {
        "softmax": np.append(rng.integers(outputs, size=m - 1), outputs - 1),
        "bce": rng.random((m, outputs)),
    }.get(loss, rng.standard_normal((m, outputs)))
    # every fifth is convolutional
    if seed % 5 == 0:
        return convolutional(rng, m, y, loss)
    hidden = [int(k) for k in rng.integers(2, 7, size=rng.integers(0, 4))]
    names = [str(name) for name in rng.choice(list(ACTIVATIONS), size=len(hidden))]
    biases = bool(rng.random() < 0.7)
    normalised = [None, None, "layer", "batch"][rng.integers(4)]
    x = rng.standard_normal((m, int(rng.integers(1, 6))))
    f = MLP(x, y, hidden, activation=names, loss=loss, biases=biases, normalised=normalised)

    def outputs_of(p, a):
        p = iter(p)
        for name, width in zip(names, hidden, strict=True):
            a = functional.linear(a, next(p), next(p) if biases else None)
            if normalised == "layer":
                a = functional.layer_norm(a, (width,), next(p), next(p))
            if normalised == "batch":
                a = functional.batch_norm(a, None, None, next(p), next(p), training=True)
            a = TORCH_ACTIVATION[name](a)
        return functional.linear(a, next(p), next(p) if biases else None)

    return f, outputs_of


def convolutional(rng, m, y, loss):
    size = 2
    stride = int(rng.integers(1, 3))
    name = str(rng.choice(list(ACTIVATIONS)))
    x = rng.standard_normal((m, 5 * 6 * 2))
    f = ConvNet(x, y, (5, 6, 2), (3, 2), size=size, stride=stride, activation=name, loss=loss)

    def outputs_of(p, a):
        a = a.reshape(m, 5, 6, 2).permute(0, 3, 1, 2)
        for kernel, bias in (p[:2], p[2:4]):
            window = kernel.reshape(*kernel.shape[:2], size, size)
            a = TORCH_ACTIVATION[name](functional.conv2d(a, window, bias, stride))
        return functional.linear(a.permute(0, 2, 3, 1).reshape(m, -1), *p[4:])

    return f, outputs_of


@pytest.mark.parametrize("seed", range(20))
def test_autograd_agrees(seed):
    """1e-10: both are exact up to rounding, which a normalisation of nearly equal units enlarges
    by at most eps^(-1/2) = 300 per derivative."""
    f, outputs_of = drawn(seed)
    theta = start(f)
    rng = np.random.default_rng(seed)
    v = Layers([rng.standard_normal(x.shape) for x in theta], theta.orders, theta.roles)

    p = [torch.tensor(x, requires_grad=True) for x in theta]
    z = outputs_of(p, torch.tensor(f.x))
    loss = TORCH_LOSS[f.loss_name](z, torch.tensor(f.y)) / len(f.x)
    grads = torch.autograd.grad(loss, p, create_graph=True)
    along = sum((g * torch.tensor(x)).sum() for g, x in zip(grads, v, strict=True))
    # a parameter that no second derivative reaches: zero
    products = [torch.zeros_like(x) for x in p]
    if along.requires_grad:
        found = torch.autograd.grad(along, p, allow_unused=True)
        products = [z if h is None else h for h, z in zip(found, products, strict=True)]

    np.testing.assert_allclose(f.loss(theta), loss.item(), rtol=1e-10)
    turned = f.hessian(theta).times(v)
    for ours, theirs in [
        *zip(f.grad(theta), grads, strict=True),
        *zip(turned, products, strict=True),
    ]:
        scale = max(1.0, theirs.abs().max().item())
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-10, atol=1e-10 * scale)
