"""Sources of versions: the few forms that are taken, and every trick that is not."""

import pytest
from sqlalchemy import func, select

from app import registry
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.registry import IS_PROMPT, NewVersion
from app.registry.tables import model_versions
from app.securables import FullName
from app.tracking.experiments import delete_experiment
from app.tracking.runs.runs import delete_run
from tests.registry.worlds import PROD_WINE, WINE, World

RUN = "0123456789abcdef" * 2
PROMPT = {IS_PROMPT: "true"}
PLACEHOLDERS = ("dummy-source", "prompt-template")

OUTSIDE = [
    "/etc",
    "//proc/self/root",
    "passwd",
    "./model",
    "../../../../etc/passwd",
    "file:///etc",
    "file:/etc",
    "FILE:///etc",
    "file://localhost/etc",
    "file:///\\..\\..\\etc",
    "C:/windows",
    "C:\\windows",
    "\\\\host\\share",
    "http://169.254.169.254/latest/meta-data",
    "https://example.com/model",
    "http:///#/../../../../../../../../etc/",
    "http://h/../..",
    "s3://bucket/../b",
    "s3://bucket/model",
    "gs://bucket/model",
    "dbfs:/model",
    "ftp://h/x",
    "data:text/plain,x",
    "mlflow-artifacts://host:5000/../../../etc",
    "mlflow-artifacts://host/1/RUN/artifacts/model",
    "mlflow-artifacts:///1/RUN/artifacts/model",
    "mlflow-artifacts:/../../../etc",
    "mlflow-artifacts:/1/RUN/artifacts/../../../etc",
    "mlflow-artifacts:/1/RUN/artifacts/model/..",
    "mlflow-artifacts:/1/RUN/artifacts/;/../../../etc",
    "mlflow-artifacts:/1/RUN/artifacts/model;x",
    "mlflow-artifacts:/1/RUN/artifacts/%2e%2e/x",
    "mlflow-artifacts:/1/RUN/artifacts/%252e%252e%252fetc",
    "mlflow-artifacts:/1/RUN/artifacts/..%2f..%2fetc",
    "mlflow-artifacts:/1/RUN/artifacts/model?x=1",
    "mlflow-artifacts:/1/RUN/artifacts/model#/../x",
    "mlflow-artifacts:/1/RUN/artifacts//etc/passwd",
    "mlflow-artifacts:/1/RUN/artifacts/./model",
    "mlflow-artifacts:/1/RUN",
    "mlflow-artifacts:/1/RUN/artifacts2/model",
    "mlflow-artifacts:/1",
    "mlflow-artifacts:/versions/RUN/1/../../x",
    "mlflow-artifacts:/versions/RUN/0",
    "mlflow-artifacts:/workspaces/team/1/RUN/artifacts",
    "runs:/RUN",
    "runs:/RUN/",
    "runs:/RUN/..",
    "runs:/RUN/../other",
    "runs:/RUN/a/../../b",
    "runs:/RUN//model",
    "runs:/RUN/model//x",
    "runs:/RUN/\\..\\x",
    "runs:/RUN/%2e%2e",
    "runs:/RUN/model\x00.txt",
    "runs:/RUN/model\n",
    "runs:/RUN/C:/windows",
    "runs:/RUN/file:/etc",
    "runs:/RUN/\u202emodel",
    "runs:/RUN/..\u00a0/x",
    "runs:/../RUN/model",
    "runs://host/RUN/model",
    "runs:///RUN/model",
    "RUNS:/RUN/model",
    " runs:/RUN/model",
    "runs:/short/model",
    "models:/wine",
    "models:/wine/0",
    "models:/wine/-1",
    "models:/wine/01",
    "models:/wine/99999999999999999999",
    "models:/wine/Production",
    "models:/wine/1/..",
    "models:/wine/1/extra",
    "models:/wine@",
    "models:/wine@a b",
    "models:/../wine/1",
    "models:/../../etc",
    "models://wine/1",
    "models:/%77ine/1",
    "models:/wine/1?x",
    "models:/wine/1#x",
    "models:/m-RUN/../../x",
    "models:/m-RUN/model",
    "",
    "x" * 5000,
    "\ud800",
]


@pytest.mark.parametrize("source", [*OUTSIDE, *PLACEHOLDERS])
def test_no_version_comes_from(world: World, source: str):
    refuse_creation(world, source, {})


@pytest.mark.parametrize("source", OUTSIDE)
def test_no_prompt_comes_from(world: World, source: str):
    refuse_creation(world, source, PROMPT)


def refuse_creation(world: World, source: str, tags: dict[str, str]) -> None:
    world.model()
    new = NewVersion(source.replace("RUN", RUN), tags=tags)
    with world.undone(), pytest.raises(InvalidParameterError) as refusal:
        registry.create_version(world.caller(), world.vault, WINE, new)
    assert refusal.value.field == "source"
    assert world.session.execute(select(func.count()).select_from(model_versions)).scalar() == 0


@pytest.mark.parametrize("flag", ["true", "TRUE", "True"])
def test_the_prompt_flag_does_not_widen_what_a_source_may_be(world: World, flag: str):
    world.model()
    run_id = world.run(weights=b"heavy")
    for source in (f"runs:/{run_id}/model", f"models:/{WINE}/1", "/etc", "Dummy-Source"):
        new = NewVersion(source, tags={IS_PROMPT: flag})
        with world.undone(), pytest.raises(InvalidParameterError, match="placeholder"):
            registry.create_version(world.caller(), world.vault, WINE, new)


@pytest.mark.parametrize("source", PLACEHOLDERS)
def test_a_prompt_has_a_placeholder_and_no_files(world: World, source: str):
    world.model(tags=PROMPT)
    new = NewVersion(source, tags=PROMPT | {"mlflow.prompt.text": "Hello {{name}}"})
    made = registry.create_version(world.caller(), world.vault, WINE, new)
    assert (made.is_prompt, made.tags["mlflow.prompt.text"]) == (True, "Hello {{name}}")
    assert registry.list_version_files(world.caller(), WINE, 1).items == []
    with pytest.raises(NotFoundError):
        world.read("alice", made, "passwd")


def test_a_flag_set_later_opens_nothing(world: World):
    world.model()
    version = world.version()
    registry.set_version_tag(world.caller(), WINE, 1, IS_PROMPT, "true")
    with pytest.raises(NotFoundError):
        world.read("alice", version, "../../../etc/passwd".replace("../", "up/"))
    registry.set_version_tag(world.caller(), WINE, 1, IS_PROMPT, "false")
    assert world.read("alice", version) == b"heavy"


def test_a_prompt_is_no_source_of_a_model(world: World):
    world.model(tags=PROMPT)
    registry.create_version(
        world.caller(), world.vault, WINE, NewVersion("dummy-source", tags=PROMPT)
    )
    with world.undone(), pytest.raises(InvalidParameterError, match="Prompt versions"):
        world.version(source=f"models:/{WINE}/1")


def test_a_version_takes_a_folder_of_a_run(world: World):
    world.model()
    run_id = world.run(weights=b"heavy")
    world.put(f"run:{run_id}", {"secret": b"apart"}, folder="modelling/")
    for root in (f"runs:/{run_id}", f"mlflow-artifacts:/{world.number}/{run_id}/artifacts"):
        version = world.version(source=f"{root}/model")
        assert version.run_id == run_id
        files = registry.list_version_files(world.caller(), WINE, version.version)
        assert [file.path for file in files.items] == ["weights"]


def test_a_version_takes_all_of_a_run(world: World):
    world.model()
    run_id = world.run(weights=b"heavy")
    version = world.version(source=f"mlflow-artifacts:/{world.number}/{run_id}/artifacts")
    assert world.read("alice", version, "model/weights") == b"heavy"


def test_a_version_takes_a_logged_model_and_its_run(world: World):
    world.model()
    run_id = world.run()
    model_id = world.logged_model(run_id, weights=b"light")
    location = f"mlflow-artifacts:/{world.number}/models/{model_id}/artifacts"
    for source in (f"models:/{model_id}", location):
        version = world.version(source=source)
        assert (version.logged_model_id, version.run_id) == (model_id, run_id)
        assert world.read("alice", version) == b"light"


def test_a_folder_without_files_makes_a_version_without_files(world: World):
    world.model()
    version = world.version(source=f"runs:/{world.run()}/model")
    assert registry.list_version_files(world.caller(), WINE, version.version).items == []


def test_the_experiment_in_a_uri_must_be_the_run_s(world: World):
    world.model()
    run_id, model_id = world.run(weights=b"heavy"), world.logged_model()
    for path in (f"{run_id}/artifacts/model", f"models/{model_id}/artifacts"):
        with world.undone(), pytest.raises(InvalidParameterError) as refusal:
            world.version(source=f"mlflow-artifacts:/{world.number + 1}/{path}")
        assert refusal.value.field == "source"


def test_the_run_and_model_named_beside_a_source_must_be_its_own(world: World):
    world.model()
    run_id, other = world.run(weights=b"heavy"), world.run()
    model_id = world.logged_model(run_id, weights=b"light")
    world.version()
    lies = [
        NewVersion(f"runs:/{run_id}/model", run_id=other),
        NewVersion(f"runs:/{run_id}/model", logged_model_id=model_id),
        NewVersion(f"models:/{model_id}", run_id=other),
        NewVersion(f"models:/{model_id}", logged_model_id=f"m-{other}"),
        NewVersion(f"models:/{WINE}/1", run_id=other),
        NewVersion(f"models:/{WINE}/1", logged_model_id=model_id),
        NewVersion("dummy-source", logged_model_id=model_id, tags=PROMPT),
    ]
    for lie in lies:
        with world.undone(), pytest.raises(InvalidParameterError) as refusal:
            registry.create_version(world.caller(), world.vault, WINE, lie)
        assert refusal.value.field == "source"


def test_a_run_that_the_caller_may_not_read_is_no_source(world: World):
    made = world.model()
    world.grant("readers", made, "CREATE MODEL VERSION")
    run_id, model_id = world.run(weights=b"heavy"), world.logged_model(weights=b"light")
    sources = (
        f"runs:/{run_id}/model",
        f"mlflow-artifacts:/{world.number}/{run_id}/artifacts",
        f"models:/{model_id}",
    )
    for source in sources:
        with world.undone(), pytest.raises(NotFoundError):
            world.version(source=source, who="bob")


def test_a_run_in_the_trash_is_no_source(world: World):
    world.model()
    run_id = world.run(weights=b"heavy")
    delete_run(world.caller(), run_id)
    with world.undone(), pytest.raises(InvalidParameterError, match="deleted"):
        world.version(source=f"runs:/{run_id}/model")


def test_a_logged_model_in_the_trash_is_no_source(world: World):
    world.model()
    model_id = world.logged_model(weights=b"heavy")
    delete_experiment(world.caller(), str(world.number))
    with world.undone(), pytest.raises(InvalidParameterError, match="deleted"):
        world.version(source=f"models:/{model_id}")


def test_a_copy_needs_execute_on_its_source(world: World):
    source = world.model()
    world.version()
    target = FullName.of("team", "default", "mine")
    world.grant("readers", world.model(target), "CREATE MODEL VERSION")
    copy = f"models:/{WINE}/1"
    with world.undone(), pytest.raises(NotFoundError):
        world.version(target, copy, who="bob")
    world.grant("readers", source, "BROWSE", "CREATE MODEL VERSION")
    with world.undone(), pytest.raises(PermissionDeniedError, match="EXECUTE"):
        world.version(target, copy, who="bob")
    world.grant("readers", source, "EXECUTE")
    assert world.version(target, copy, who="bob").version == 1


@pytest.mark.parametrize(
    "form", ["models:/wine/1", "models:/wine@best", "models:/team.default.wine/1"]
)
def test_a_copy_keeps_origin_and_files(world: World, form: str):
    world.model()
    original = world.version()
    registry.set_alias(world.caller(), WINE, "best", 1)
    world.model(PROD_WINE)
    copy = world.version(PROD_WINE, form)
    assert (copy.run_id, copy.source) == (original.run_id, form.replace("@best", "/1"))
    assert world.read("alice", copy) == b"heavy"


def test_a_copy_can_be_made_from_a_download_uri(world: World):
    world.model()
    original = world.version()
    world.model(PROD_WINE)
    assert world.read("alice", world.version(PROD_WINE, original.download_uri)) == b"heavy"


def test_a_missing_alias_or_version_is_no_source(world: World):
    world.model()
    with world.undone(), pytest.raises(InvalidParameterError, match="not found"):
        world.version(source="models:/wine@best")
    with world.undone(), pytest.raises(NotFoundError):
        world.version(source="models:/wine/7")
