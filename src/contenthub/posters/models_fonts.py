"""Typefaces that banks have the right to use, and who said so."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class PosterFont(Base):
    """A licensed face 字体 of one bank, named on posters by its `sha256`.

    `licence` is the number or text of the licence, `created_by` who said at `created_at` that
    the bank holds it. A recalled face stays for old revisions, but no poster with it is served.
    """

    __tablename__ = "poster_fonts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sha256"),
        ForeignKeyConstraint(["tenant_id", "created_by"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint("state in ('usable','recalled')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sha256: Mapped[str]
    family: Mapped[str]
    style: Mapped[str]
    weight: Mapped[int]
    kind: Mapped[str]
    characters: Mapped[int]
    common_missing: Mapped[int]
    may_travel: Mapped[bool]
    copyright: Mapped[str]
    filename: Mapped[str]
    size_bytes: Mapped[int]
    storage_key: Mapped[str]
    licence: Mapped[str]
    state: Mapped[str] = mapped_column(default="usable")
    recall_reason: Mapped[str] = mapped_column(default="")
    recalled_at: Mapped[datetime | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]

    @property
    def called(self) -> str:
        """Return what the face is called: family and style."""
        return f"{self.family} {self.style}".strip()
