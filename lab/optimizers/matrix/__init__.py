"""Methods that see rows and columns: one factor per mode of a tensor."""
