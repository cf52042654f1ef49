"""Small layered objectives that go through every contract, and layered objectives as vectors."""

from dataclasses import dataclass

import numpy as np

from lab.maps import Flatten
from lab.objectives import MLP, ConvNet, Network
from lab.objectives.reparameterised import Reparameterised


def network(biases: bool = True) -> Network:
    """Nine examples of two inputs, three hidden units, one output."""
    rng = np.random.default_rng(17)
    return MLP(rng.standard_normal((9, 2)), rng.standard_normal(9), (3,), biases=biases)


def networks() -> dict[str, Network]:
    """One network per loss, normalisation and kind of layer. gain = 3 before a normalisation: units
    that nearly agree would make it so curved that differences of 1e-5 don't see its derivative."""
    rng = np.random.default_rng(18)
    x = rng.standard_normal((5, 2))
    classes = np.array([0, 2, 1, 1, 0])
    images = rng.standard_normal((4, 4 * 3 * 2))
    return {
        "MLP, bce, gelu": MLP(x, rng.random((5, 2)), (3,), activation="gelu", loss="bce"),
        "MLP, mse, sigmoid": MLP(x, rng.standard_normal(5), (3,), activation="sigmoid", loss="mse"),
        "softmax regression": MLP(x, classes, loss="softmax"),
        "MLP, softmax, batch": MLP(x, classes, (2,), loss="softmax", normalised="batch"),
        "MLP, layer": MLP(x, rng.standard_normal((5, 2)), (3,), normalised="layer", gain=3.0),
        "ConvNet": ConvNet(
            images,
            images[:, 0],
            (4, 3, 2),
            (2,),
            size=2,
            activation="softplus",
            loss="half_mse",
            stride=2,
        ),
    }


@dataclass(frozen=True, eq=False)
class Raveled:
    """The change of variables from Layers to one vector: the inverse of Flatten. Contracts about
    vectors hold for layered problems
    through it."""

    flatten: Flatten

    asks = ""

    def to(self, theta):
        return self.flatten.back(theta)

    def back(self, z):
        return self.flatten.to(z)

    def pull(self, z, g):
        return self.flatten.back(g)

    def push(self, z, dz):
        return self.flatten.to(dz)

    def curve(self, z, g):
        return g.flat

    def bend(self, z, g):
        return None


def as_vector(f):
    """A layered objective as one of a vector."""
    theta = f.start()
    shapes = tuple(block.shape for block in theta)
    return Reparameterised(f, Raveled(Flatten(shapes, theta.roles)))
