"""What wflpy.testing offers."""

from __future__ import annotations

import pytest

import wflpy.testing


@pytest.mark.parametrize("name", wflpy.testing.__all__)
def test_every_public_name_is_there_and_described(name: str) -> None:
    value: object = getattr(wflpy.testing, name)
    assert isinstance(value, type)
    assert value.__doc__


def test_any_other_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'wflpy\.testing' has no attribute 'Fake'"):
        _ = wflpy.testing.Fake  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
