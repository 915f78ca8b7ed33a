"""The four stages a customer passes on the way from the street to a product (domain.md)."""

from contenthub.errors import Invalid

#: slug -> the word a clerk reads, in the order a customer passes them.
STAGES: dict[str, str] = {
    "public": "公域",
    "added": "已加微",
    "active": "活跃",
    "converted": "转化",
}
_SLUGS = {word: slug for slug, word in STAGES.items()} | {"已转化": "converted", "加微": "added"}


def stage_slug(word: str) -> str:
    """Return the slug of a stage written as slug or Chinese word.

    Raises Invalid (field `stage`) naming every stage.
    """
    asked = word.strip()
    slug = asked.lower() if asked.lower() in STAGES else _SLUGS.get(asked)
    if slug is None:
        known = "、".join(STAGES.values())
        raise Invalid.of("stage", f"没有“{asked[:20]}”这个客户阶段，请从这些里选：{known}")
    return slug
