"""The sandbox's file: for our own account alone."""

from pathlib import Path

from tests.channels.conftest import CALM

from contenthub.channels.sandbox.ledger import Ledger


def test_nobody_else_reads_the_sandboxes_messages(tmp_path: Path) -> None:
    state = tmp_path / "sandbox"
    for _ in range(2):
        ledger = Ledger(state / "sandbox.sqlite3", CALM)
        modes = {path.name: path.stat().st_mode & 0o777 for path in state.iterdir()}
        ledger.close()
        assert "sandbox.sqlite3" in modes
        assert set(modes.values()) == {0o600}
        (state / "sandbox.sqlite3").chmod(0o644)  # as an earlier version left it
    assert state.stat().st_mode & 0o777 == 0o700
