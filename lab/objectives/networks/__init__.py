"""Networks with hand-written derivatives, batched over runs.

`stages` and `normalisation` say how one layer goes forward and backward, `losses` what stands at
the end, `network` puts them together; `mlp` composes the networks that have a name.
"""

from lab.objectives.networks.mlp import MLP
from lab.objectives.networks.network import Network

__all__ = ["MLP", "Network"]
