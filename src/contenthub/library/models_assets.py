"""What names a file, and files that are still under way."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, BigInt, new_id


class AssetUse(Base):
    """A file is named by a wording, a poster's design or a version of a kit.

    Written by the database itself, whoever writes the wording (migration 0039); its foreign key
    keeps the file. `version` is KIT/NO for a kit; `place` is cover, body, layers, kit or the
    name of a field.
    """

    __tablename__ = "asset_uses"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "asset_id"], ["assets.tenant_id", "assets.id"]),
        Index("ix_asset_uses_subject", "tenant_id", "subject_kind", "subject_id"),
        CheckConstraint("subject_kind in ('revision','template','kit')", name="kind"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True, default="")
    place: Mapped[str] = mapped_column(primary_key=True)


class AssetUpload(Base):
    """A file that somebody is sending: its room is held until it is kept or too late."""

    __tablename__ = "asset_uploads"
    __table_args__ = (
        Index("ix_asset_uploads_open", "expires_at", postgresql_where=text("state = 'open'")),
        CheckConstraint("state in ('open','done','failed')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    filename: Mapped[str]
    alt_text: Mapped[str]
    mime: Mapped[str]
    storage_key: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    size_bytes: Mapped[int] = mapped_column(BigInt)
    asset_id: Mapped[UUID | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class AssetCollection(Base):
    """When what nobody uses of a bank's files was last cleared away, and what that freed."""

    __tablename__ = "asset_collections"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    collected_at: Mapped[datetime]
    files: Mapped[int] = mapped_column(default=0)
    objects: Mapped[int] = mapped_column(default=0)
    freed_bytes: Mapped[int] = mapped_column(BigInt, default=0)
