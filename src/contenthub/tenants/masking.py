"""How a person's name and phone are shown to those who need not know them."""


def mask_name(name: str) -> str:
    """Return `王*明` for 王小明, `赵*` for 赵敏; an empty name stays empty."""
    name = name.strip()
    if len(name) <= 1:
        return name
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """Return `138****0001`; anything shorter than eight characters is hidden whole."""
    if len(phone) < 8:
        return "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]
