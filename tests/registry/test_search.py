"""Search of models and versions: what is asked, of what may be seen, page by page."""

import pytest

from app import registry
from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.errors import InvalidParameterError
from app.namespace.tags import set_tags
from app.registry import IS_PROMPT, NewVersion
from app.securables import FullName, Kind
from tests.registry.worlds import PROD_WINE, WINE, World


def home(leaf: str) -> FullName:
    return FullName.of("team", "default", leaf)


def name(operator: Operator, value: str | tuple[str, ...]) -> Comparison:
    return Comparison(Entity.ATTRIBUTE, "name", operator, value)


def tag(key: str, operator: Operator, value: str) -> Comparison:
    return Comparison(Entity.TAG, key, operator, value)


def found(world: World, *comparisons: Comparison, who: str = "alice", **options) -> list[str]:
    page = registry.search_models(world.caller(who), comparisons, **options)
    return [str(model.full_name) for model in page.items]


def numbers(world: World, *comparisons: Comparison, who: str = "alice", **options) -> list[str]:
    page = registry.search_versions(world.caller(who), comparisons, **options)
    return [f"{one.model_name.leaf}/{one.version}" for one in page.items]


def test_models_come_by_name_with_what_belongs_to_them(world: World):
    for leaf in ("beer", "ale"):
        world.model(home(leaf), tags={"kind": leaf})
    world.version(home("beer"))
    registry.set_alias(world.caller(), home("beer"), "best", 1)
    page = registry.search_models(world.caller())
    assert [model.full_name.leaf for model in page.items] == ["ale", "beer"]
    assert page.items[1] == registry.get_model(world.caller(), home("beer"))
    assert (page.items[1].aliases, page.items[1].latest_versions[0].version) == ({"best": 1}, 1)


def test_everybody_finds_what_they_may_see(world: World):
    shared = world.model()
    world.model(home("private"))
    world.model(PROD_WINE)
    world.grant("readers", shared, "EXECUTE")
    assert found(world, who="bob") == ["team.default.wine"]
    assert found(world, who="dora") == ["team.default.private", "team.default.wine"]
    assert found(world, who="charlie") == []
    assert len(found(world)) == 3


def test_versions_are_found_where_their_model_is(world: World):
    world.grant("readers", world.model(), "EXECUTE")
    world.model(home("private"))
    world.version()
    world.version(home("private"))
    assert numbers(world, who="bob") == ["wine/1"]
    assert numbers(world, who="charlie") == []


def test_a_whole_name_is_short_at_home_and_full_anywhere(world: World):
    world.model()
    world.model(PROD_WINE)
    assert found(world, name(Operator.EQ, "wine")) == ["team.default.wine"]
    assert found(world, name(Operator.EQ, "prod.ml.wine")) == ["prod.ml.wine"]
    assert found(world, name(Operator.NE, "wine")) == ["prod.ml.wine"]
    both = ("wine", "prod.ml.wine", "no.such.model")
    assert len(found(world, name(Operator.IN, both))) == 2
    assert found(world, name(Operator.NOT_IN, both)) == []


def test_thousands_of_names_are_no_more_work_than_a_few(world: World):
    world.model(home("private"))
    world.version(home("private"))
    many = ("private", *(f"a.b{number}.c{number}" for number in range(2000)))
    assert found(world, name(Operator.IN, many)) == ["team.default.private"]
    assert numbers(world, name(Operator.IN, many)) == ["private/1"]
    assert found(world, name(Operator.NOT_IN, many)) == []


def test_names_of_a_list_are_each_sought_in_their_own_schema(world: World):
    world.model()
    world.model(home("beer"))
    world.model(PROD_WINE)
    assert found(world, name(Operator.IN, ("prod.ml.beer", "wine"))) == ["team.default.wine"]


@pytest.mark.parametrize(
    "pattern, wanted",
    [
        ("%wine%", ["prod.ml.wine", "team.default.wine", "team.default.wine_2"]),
        ("wine", ["prod.ml.wine", "team.default.wine"]),
        ("WINE", []),
        ("prod.%", ["prod.ml.wine"]),
        ("%.ml.w%", ["prod.ml.wine"]),
        ("%'; DROP TABLE securables; --", []),
    ],
)
def test_a_pattern_is_compared_with_names(world: World, pattern: str, wanted: list[str]):
    for each in (WINE, PROD_WINE, home("wine_2"), home("beer")):
        world.model(each)
    assert sorted(found(world, name(Operator.LIKE, pattern))) == wanted


def test_ilike_is_blind_to_case(world: World):
    world.model(home("Wine"))
    assert found(world, name(Operator.ILIKE, "w%NE")) == ["team.default.Wine"]


def test_tags_narrow_a_search(world: World):
    world.model(home("a"), tags={"stage": "x"})
    world.model(home("b"), tags={"stage": "y"})
    world.model(home("c"))
    assert found(world, tag("stage", Operator.EQ, "x")) == ["team.default.a"]
    assert found(world, tag("stage", Operator.NE, "x")) == ["team.default.b"]
    assert found(world, tag("stage", Operator.LIKE, "%")) == ["team.default.a", "team.default.b"]


def test_prompts_are_found_only_when_asked_for(world: World):
    prompt = {IS_PROMPT: "true"}
    world.model()
    world.version()
    world.model(home("greeting"), tags=prompt)
    new = NewVersion("dummy-source", tags=prompt)
    registry.create_version(world.caller(), world.vault, home("greeting"), new)
    assert found(world) == ["team.default.wine"]
    assert found(world, prompts=True) == ["team.default.greeting"]
    assert numbers(world) == ["wine/1"]
    assert numbers(world, prompts=True) == ["greeting/1"]
    registry.delete_model_tag(world.caller(), home("greeting"), IS_PROMPT)
    registry.delete_version_tag(world.caller(), home("greeting"), 1, IS_PROMPT)
    assert (len(found(world)), len(numbers(world))) == (2, 2)


def test_the_text_of_a_prompt_is_for_whoever_may_execute_it(world: World):
    prompt = {IS_PROMPT: "true"}
    world.grant("readers", world.model(tags=prompt), "EXECUTE")
    new = NewVersion("dummy-source", tags=prompt | {"mlflow.prompt.text": "Secret sauce"})
    registry.create_version(world.caller(), world.vault, WINE, new)
    registry.set_alias(world.caller(), WINE, "best", 1)
    asked = tag("mlflow.prompt.text", Operator.LIKE, "Secret%")
    for who, shown in (("alice", "Secret sauce"), ("bob", "Secret sauce"), ("dora", None)):
        caller = world.caller(who)
        [listed] = registry.search_versions(caller, prompts=True).items
        one = registry.get_version(caller, WINE, 1)
        aliased = registry.get_version_by_alias(caller, WINE, "best")
        [latest] = registry.get_model(caller, WINE).latest_versions
        for version in (listed, one, aliased, latest):
            assert version.tags.get("mlflow.prompt.text") == shown
        assert numbers(world, asked, who=who, prompts=True) == (["wine/1"] if shown else [])


def test_among_many_prompts_the_texts_are_shown_that_may_be_read(world: World):
    prompt = {IS_PROMPT: "true"}
    new = NewVersion("dummy-source", tags=prompt | {"mlflow.prompt.text": "Secret sauce"})
    for number in range(12):
        made = world.model(home(f"prompt{number:02}"), tags=prompt)
        world.grant("readers", made, "EXECUTE")
        registry.create_version(world.caller(), world.vault, made.id, new)
    world.commit()
    for who, shown in (("alice", 12), ("bob", 12), ("dora", 0)):
        listed = registry.search_versions(world.caller(who), prompts=True).items
        assert len(listed) == 12
        assert sum("mlflow.prompt.text" in one.tags for one in listed) == shown


def test_a_prompt_tag_set_from_elsewhere_counts_as_well(world: World):
    world.model()
    set_tags(world.caller(), Kind.REGISTERED_MODEL, WINE, {IS_PROMPT: "True"})
    assert (found(world), found(world, prompts=True)) == ([], ["team.default.wine"])
    assert registry.get_model(world.caller(), WINE).is_prompt


def test_who_sees_much_finds_the_same_as_who_sees_little(world: World):
    leaves = [f"wine_{number:03}" for number in range(105)]
    for leaf in leaves:
        registry.create_model(world.caller(), home(leaf))
    source = f"runs:/{world.run()}/model"
    for leaf in leaves[::50]:
        world.version(home(leaf), source)
    some = name(Operator.LIKE, "wine_05%")
    assert [each[-3:] for each in found(world, some)] == [str(n).zfill(3) for n in range(50, 60)]
    assert len(found(world)) == 100
    assert numbers(world) == ["wine_000/1", "wine_050/1", "wine_100/1"]
    assert numbers(world, some) == ["wine_050/1"]
    caller = world.caller()
    registry.search_models(caller)
    assert [entry.operation for entry in caller.ledger.entries] == ["registered_model.read"]


def test_what_is_granted_one_by_one_is_found_among_the_rest(world: World):
    made = [world.model(home(f"wine-{n:03}"), tags={"of": "hill"}) for n in range(110)]
    for model in made[5:]:
        world.grant("readers", model, "EXECUTE")
    world.model(home("beer"), tags={"of": "hill"})
    some = tag("of", Operator.LIKE, "h%")
    expected = [str(model.full_name) for model in made[5:]]
    assert found(world, some, who="bob") == expected[:100]
    assert found(world, some, who="bob", max_results=1000) == expected
    assert found(world, some, name(Operator.LIKE, "wine-00%"), who="bob") == expected[:5]


def test_models_are_ordered_as_asked(world: World):
    for leaf in ("b", "a", "c"):
        world.model(home(leaf))
    descending = OrderBy(Entity.ATTRIBUTE, "name", ascending=False)
    assert [each[-1] for each in found(world, order_by=[descending])] == ["c", "b", "a"]
    registry.update_model(world.caller(now=world.caller().now + 5), home("a"), description="x")
    recent = OrderBy(Entity.ATTRIBUTE, "last_updated_timestamp", ascending=False)
    assert [each[-1] for each in found(world, order_by=[recent])] == ["a", "b", "c"]


def test_versions_come_last_updated_first(world: World):
    world.model()
    world.model(home("beer"))
    for moment, model in enumerate((WINE, home("beer"), WINE)):
        world.version(model, now=world.caller().now + moment)
    assert numbers(world) == ["wine/2", "beer/1", "wine/1"]
    by_name = OrderBy(Entity.ATTRIBUTE, "name")
    assert numbers(world, order_by=[by_name]) == ["beer/1", "wine/2", "wine/1"]
    registry.delete_version(world.caller(), world.vault, WINE, 2)
    assert numbers(world) == ["beer/1", "wine/1"]


def test_versions_are_found_by_run_source_number_and_tag(world: World):
    world.model()
    first, second = world.version(), world.version()
    registry.set_version_tag(world.caller(), WINE, 2, "a", "b")
    run = Comparison(Entity.ATTRIBUTE, "run_id", Operator.EQ, first.run_id)
    source = Comparison(Entity.ATTRIBUTE, "source_path", Operator.EQ, second.source)
    number = Comparison(Entity.ATTRIBUTE, "version_number", Operator.GT, 1)
    assert numbers(world, run) == ["wine/1"]
    assert numbers(world, source) == ["wine/2"]
    assert numbers(world, number, name(Operator.EQ, "wine")) == ["wine/2"]
    assert numbers(world, tag("a", Operator.EQ, "b")) == ["wine/2"]
    assert numbers(world, run, number) == []


def test_the_source_of_a_copy_is_hidden_from_whoever_does_not_see_it(world: World):
    world.model()
    world.version()
    world.grant("readers", world.model(PROD_WINE), "EXECUTE")
    source = "models:/team.default.wine/1"
    world.version(PROD_WINE, source)
    asked = Comparison(Entity.ATTRIBUTE, "source_path", Operator.LIKE, "models:/team%")
    for who, shown, matches in (("alice", source, ["wine/1"]), ("bob", "hidden", [])):
        caller = world.caller(who)
        assert registry.get_version(caller, PROD_WINE, 1).source == shown
        named = [name(Operator.EQ, "prod.ml.wine")]
        [model] = registry.search_models(caller, named).items
        [version] = registry.search_versions(caller, named).items
        assert (model.latest_versions[0].source, version.source) == (shown, shown)
        assert numbers(world, asked, who=who) == matches


def test_pages_survive_what_comes_and_goes(world: World):
    for leaf in ("b", "d", "f"):
        world.model(home(leaf))
    first = registry.search_models(world.caller(), max_results=2)
    world.model(home("a"))
    world.model(home("e"))
    registry.delete_model(world.caller(), home("d"))
    second = registry.search_models(world.caller(), max_results=2, page_token=first.next_token)
    assert [model.full_name.leaf for model in second.items] == ["e", "f"]
    assert second.next_token == ""


def test_pages_of_versions_leave_none_out(world: World):
    world.model()
    world.model(home("beer"))
    for model in (WINE, home("beer"), WINE, home("beer"), WINE):
        world.version(model)
    seen: list[str] = []
    token = ""
    while True:
        page = registry.search_versions(world.caller(), max_results=2, page_token=token)
        seen += [f"{one.model_name.leaf}/{one.version}" for one in page.items]
        if not (token := page.next_token):
            break
    assert seen == ["beer/2", "beer/1", "wine/3", "wine/2", "wine/1"]


def test_a_token_belongs_to_its_search(world: World):
    for leaf in ("a", "b"):
        world.model(home(leaf))
    token = registry.search_models(world.caller(), max_results=1).next_token
    with pytest.raises(InvalidParameterError) as refusal:
        registry.search_models(world.caller(), [name(Operator.LIKE, "a%")], page_token=token)
    assert refusal.value.field == "page_token"
    with pytest.raises(InvalidParameterError):
        registry.search_versions(world.caller(), page_token=token)


@pytest.mark.parametrize("token", ["x", "W10", "WzFd", "WyJhIiwiYiIsMV0", "\x00", "é" * 9])
def test_a_token_that_we_did_not_make_is_refused(world: World, token: str):
    with pytest.raises(InvalidParameterError) as refusal:
        registry.search_models(world.caller(), page_token=token)
    assert refusal.value.field == "page_token"


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_a_page_has_bounds(world: World, size: int):
    with pytest.raises(InvalidParameterError) as refusal:
        registry.search_models(world.caller(), max_results=size)
    assert refusal.value.field == "max_results"


def test_unknown_keys_are_refused(world: World):
    odd = Comparison(Entity.METRIC, "accuracy", Operator.GT, 1)
    for search in (registry.search_models, registry.search_versions):
        with pytest.raises(InvalidParameterError) as refusal:
            search(world.caller(), [odd])
        assert refusal.value.field == "filter"
        with pytest.raises(InvalidParameterError) as refusal:
            search(world.caller(), order_by=[OrderBy(Entity.ATTRIBUTE, "colour")])
        assert refusal.value.field == "order_by"
