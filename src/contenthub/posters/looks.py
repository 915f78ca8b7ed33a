"""Idea: what any layer may have beside its content: shadow, clip, turn, rules when it shows."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from contenthub.posters import figures

SIDE_MAX_PX = 8000
Pixels: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=4000)]
Colour: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
Share: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
Percent: TypeAlias = Annotated[int, msgspec.Meta(ge=60, le=95)]
Points: TypeAlias = Annotated[tuple[tuple[int, int], ...], msgspec.Meta(max_length=200)]


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a template: immutable, strict, and stored without what it leaves at default."""


class Box(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rectangle in px, counted from the canvas's (in a group: the group's) top left corner."""

    x_px: Annotated[int, msgspec.Meta(ge=-8000, le=8000)]
    y_px: Annotated[int, msgspec.Meta(ge=-8000, le=8000)]
    w_px: Annotated[int, msgspec.Meta(ge=1, le=8000)]
    h_px: Annotated[int, msgspec.Meta(ge=1, le=8000)]

    @property
    def right_px(self) -> int:
        """Return the first column to the right of the box."""
        return self.x_px + self.w_px

    @property
    def bottom_px(self) -> int:
        """Return the first row below the box."""
        return self.y_px + self.h_px

    def meets(self, other: "Box") -> bool:
        """Return whether the two boxes share a pixel."""
        return (
            self.x_px < other.right_px
            and other.x_px < self.right_px
            and self.y_px < other.bottom_px
            and other.y_px < self.bottom_px
        )

    def holds(self, other: "Box") -> bool:
        """Return whether the other box lies wholly inside this one."""
        return (
            self.x_px <= other.x_px
            and self.y_px <= other.y_px
            and other.right_px <= self.right_px
            and other.bottom_px <= self.bottom_px
        )

    def shifted(self, right_px: int, down_px: int) -> "Box":
        """Return the box moved right and down."""
        return Box(self.x_px + right_px, self.y_px + down_px, self.w_px, self.h_px)

    def grown(self, margin_px: int) -> "Box":
        """Return the box made larger on each side."""
        return Box(
            self.x_px - margin_px,
            self.y_px - margin_px,
            self.w_px + 2 * margin_px,
            self.h_px + 2 * margin_px,
        )

    def joined(self, other: "Box") -> "Box":
        """Return the smallest box that holds both."""
        left, top = min(self.x_px, other.x_px), min(self.y_px, other.y_px)
        right = max(self.right_px, other.right_px)
        bottom = max(self.bottom_px, other.bottom_px)
        return Box(left, top, right - left, bottom - top)


class Shadow(Struct, frozen=True):
    """What a layer casts below itself; the light does not turn with the layer."""

    colour: Colour
    right_px: Annotated[int, msgspec.Meta(ge=-400, le=400)] = 0
    down_px: Annotated[int, msgspec.Meta(ge=-400, le=400)] = 0
    blur_px: Annotated[int, msgspec.Meta(ge=0, le=200)] = 0
    opacity: Share = 1.0


class Clip(Struct, frozen=True):
    """The form a layer is cut to (遮罩); without points it fills the layer's box.

    `points` are px from the box's corner: of a polygon, or of a closed curve.
    """

    form: Literal["rounded", "ellipse", "polygon", "curve"] = "rounded"
    radius_px: Pixels = 0
    points: Points = ()


PERSONAL_PREFIXES = ("employee.", *figures.PREFIXES)
"""What differs from employee to employee."""


class Rule(Struct, frozen=True):
    """When a layer shows: a variable is filled, is empty, is or is not one of some values."""

    variable: Annotated[str, msgspec.Meta(max_length=60)]
    test: Literal["filled", "empty", "one_of", "none_of"] = "filled"
    values: Annotated[tuple[str, ...], msgspec.Meta(max_length=200)] = ()

    @property
    def is_personal(self) -> bool:
        """Return whether the answer differs from employee to employee."""
        return self.variable.startswith(PERSONAL_PREFIXES)

    def holds(self, known: dict[str, str]) -> bool:
        """Return whether the rule holds for the known values; an unknown one is empty."""
        value = known.get(self.variable, "").strip()
        if self.test == "filled":
            return bool(value)
        if self.test == "empty":
            return not value
        return (value in self.values) == (self.test == "one_of")
