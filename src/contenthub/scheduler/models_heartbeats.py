"""What each worker process says of itself and of the work that waits."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base


class WorkerHeartbeat(Base):
    """One worker's last report: that it sweeps, and how long the oldest work has waited.

    Belongs to no bank and says nothing about any; `/readyz` of the web reads it.
    """

    __tablename__ = "worker_heartbeats"

    worker: Mapped[str] = mapped_column(primary_key=True)
    """Host and process id."""
    beat_at: Mapped[datetime]
    due_seconds: Mapped[int]
    unknown_seconds: Mapped[int]
