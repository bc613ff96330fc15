"""Values of settings."""

from typing import Union

SettingValue = Union[bool, int, float, str]
"""What a setting can be: a number, a text, or yes and no."""
