"""Where sentences begin and end, at the edges of a text and of the stretch looked at."""

from contenthub.library.sentences import SENTENCE_ENDS, before_first, behind_last

TEXT = "一。二;三"


def test_a_sentence_begins_behind_the_last_mark_or_where_one_looks_from() -> None:
    assert behind_last(TEXT, SENTENCE_ENDS, 0, 5) == 4
    assert behind_last(TEXT, SENTENCE_ENDS, 0, 3) == 2
    assert behind_last(TEXT, SENTENCE_ENDS, 0, 1) == 0
    assert behind_last(TEXT, SENTENCE_ENDS, 2, 3) == 2
    assert behind_last("", SENTENCE_ENDS, 0, 0) == 0


def test_a_sentence_ends_before_the_first_mark_or_where_one_looks_to() -> None:
    assert before_first(TEXT, SENTENCE_ENDS, 0, 5) == 1
    assert before_first(TEXT, SENTENCE_ENDS, 2, 5) == 3
    assert before_first(TEXT, SENTENCE_ENDS, 4, 5) == 5
    assert before_first(TEXT, SENTENCE_ENDS, 2, 3) == 3
