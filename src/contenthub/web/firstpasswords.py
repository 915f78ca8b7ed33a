"""First passwords: generated for a colleague, told once, changed at the first log-in."""

import secrets

_CONSONANTS, _VOWELS, _DIGITS = "bdfghkmnprstwz", "aeiou", "23456789"


def generated() -> str:
    """Return a new password that can be read out: four groups, 62 random bits."""

    def group() -> str:
        syllables = [secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(2)]
        return "".join(syllables) + secrets.choice(_DIGITS)

    return "-".join(group() for _ in range(4))
