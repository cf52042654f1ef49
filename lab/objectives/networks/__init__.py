"""Networks with hand-written derivatives, batched over runs.

`stages`, `normalisation` and `convolution` say how one layer goes forward and backward, `losses`
what stands at the end; `network` puts them together and `passes` goes through them. `mlp` and
`convnet` compose the networks that have a name.
"""

from lab.objectives.networks.convnet import ConvNet
from lab.objectives.networks.mlp import MLP
from lab.objectives.networks.network import Network

__all__ = ["MLP", "ConvNet", "Network"]
