"""Methods that follow the gradient: descent, its accelerations and averages, and signs."""
