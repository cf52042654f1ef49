"""What a refusal must look like."""

import pytest


def refused(call, error, said):
    """The call raises exactly this kind of error, in one line that says this."""
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert caught.type is error, repr(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
