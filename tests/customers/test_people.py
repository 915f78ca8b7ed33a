from collections import Counter

from contenthub.customers.people import branch_names, customers, staff_people
from contenthub.customers.rowvalues import person_name, phone_number


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    first = list(customers(50, seed=7, year=2026))
    assert first == list(customers(50, seed=7, year=2026))
    assert first[:20] == list(customers(20, seed=7, year=2026))
    assert first != list(customers(50, seed=8, year=2026))
    assert staff_people(5, seed=7) == staff_people(5, seed=7)


def test_phones_are_unique_and_every_person_passes_the_import() -> None:
    people = list(customers(20_000, seed=1, year=2026))
    phones = {phone_number(person.phone) for person in people}
    assert len(phones) == len(people)
    assert all(person_name(person.name) == person.name for person in people[:2_000])


def test_tags_and_assets_follow_age_and_surnames_follow_the_register() -> None:
    people = list(customers(20_000, seed=1, year=2026))
    silver = [person for person in people if "银发" in person.tags]
    assert all(person.age >= 60 for person in silver)
    assert all(person.birthday.year == 2026 - person.age for person in people)
    old = sorted(person.aum_fen for person in people if person.age >= 60)
    young = sorted(person.aum_fen for person in people if person.age < 40)
    assert old[len(old) // 2] > 2 * young[len(young) // 2]
    surnames = Counter(person.name[0] for person in people)
    assert {name for name, _ in surnames.most_common(3)} == {"王", "李", "张"}


def test_the_audience_of_the_tutorial_is_neither_empty_nor_everyone() -> None:
    people = list(customers(5_000, seed=1, year=2026))
    reached = [
        person
        for person in people
        if {"银发", "代发工资"} <= set(person.tags)
        and "理财" not in person.refused
        and person.aum_fen >= 5_000_000
    ]
    assert len(people) // 50 < len(reached) < len(people) // 5


def test_employees_have_names_titles_and_phones_of_their_own() -> None:
    staff = staff_people(300, seed=3)
    assert len({person.name for person in staff}) == 300
    assert len({phone_number(person.phone) for person in staff}) == 300
    assert {"客户经理", "支行行长"} <= {person.title for person in staff}


def test_every_demo_bank_is_one_tree() -> None:
    for bank, branches in branch_names().items():
        codes = [branch.code for branch in branches]
        assert bank.endswith("农商银行")
        assert len(set(codes)) == len(codes)
        assert len({branch.name for branch in branches}) == len(codes)
        assert [branch.code for branch in branches if not branch.parent_code] == ["0000"]
        assert {branch.parent_code for branch in branches[1:]} <= set(codes)
