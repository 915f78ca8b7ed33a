"""Idea: the two-tier split of a reward; two tiers at most, whole fen, nothing lost."""

DIRECT_BP = 8000


def split_reward(total_fen: int, direct_bp: int = DIRECT_BP) -> tuple[int, int]:
    """Split a reward between the sharer who closed the lead and the one above.

    Units: fen; basis points of the total. The two parts always sum to `total_fen`; the
    remainder goes to the direct sharer.

    Raises:
        ValueError: a negative total, or a share outside 0–10,000 basis points.
    Source: seed article 002 (一级分润80%, 二级分润20%; the ratio is the bank's to set).
    """
    if total_fen < 0:
        raise ValueError("a reward is not negative")
    if not 0 <= direct_bp <= 10_000:
        raise ValueError("a share lies between 0 and 10,000 basis points")
    above_fen = total_fen * (10_000 - direct_bp) // 10_000
    return total_fen - above_fen, above_fen
