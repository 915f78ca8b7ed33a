"""Idea: what one sort of import brings to the life that all imports share."""

from dataclasses import dataclass

from msgspec import Struct


@dataclass(frozen=True, slots=True)
class Sort:
    """The names of an import: of its long jobs, its worker entries, its files in the store."""

    kind: str
    """LongJob.kind."""
    job: str
    """Worker entry that tries or loads a file."""
    drop_job: str
    """Worker entry that deletes the files of a job."""
    files: tuple[str, ...] = ("source_key",)
    """Names in the job's params of the store's keys; the first is the file itself."""


class RowProblem(Struct, frozen=True):
    """Why a line was not taken: for the error file, with phones and names masked."""

    line: int
    field: str
    value_shown: str
    message: str
