"""Methods that divide each coordinate, or each tensor, by a history of gradients."""
