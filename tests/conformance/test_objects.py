"""Creating, reading, updating: codes, reasons, versions, generation, the status split."""

from tests.conformance.api_client import Api
from tests.conformance.crd import of, widget


async def test_a_new_object_is_answered_201_with_what_the_server_adds(api: Api, widgets: str) -> None:
    made = await api.create(widgets, of(widgets, widget("a")))
    assert made.code == 201
    metadata = made.body["metadata"]
    assert metadata["generation"] == 1
    assert metadata["uid"]
    assert metadata["resourceVersion"]
    assert metadata["creationTimestamp"].endswith("Z")
    assert made.body["spec"]["mode"] == "fix"
    assert (await api.get(f"{widgets}/a")).body == made.body


async def test_a_name_is_taken_once(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    again = await api.create(widgets, of(widgets, widget("a")))
    group = widgets.split("/")[2]
    assert (again.code, again.reason) == (409, "AlreadyExists")
    assert again.message == f'widgets.{group} "a" already exists'
    assert again.body["details"] == {"name": "a", "group": group, "kind": "widgets"}


async def test_what_is_not_there_is_not_found_by_its_full_name(api: Api, widgets: str, namespace: str) -> None:
    group = widgets.split("/")[2]
    missing = await api.get(f"{widgets}/nothing")
    assert (missing.code, missing.reason) == (404, "NotFound")
    assert missing.message == f'widgets.{group} "nothing" not found'
    assert missing.body["kind"] == "Status"
    core = await api.get(f"/api/v1/namespaces/{namespace}/configmaps/nothing")
    assert core.message == 'configmaps "nothing" not found'
    assert core.body["details"] == {"name": "nothing", "kind": "configmaps"}
    assert (await api.delete(f"{widgets}/nothing")).code == 404
    assert (await api.patch(f"{widgets}/nothing", {"spec": {}})).code == 404


async def test_an_unknown_resource_is_a_404_status(api: Api, namespace: str) -> None:
    strange = await api.get(f"/apis/batch/v1/namespaces/{namespace}/cronjobsx")
    assert strange.code == 404


async def test_a_namespace_must_exist_before_its_contents(api: Api, widgets: str, namespace: str) -> None:
    elsewhere = widgets.replace(namespace, "vteam-conformance-nowhere")
    refused = await api.create(elsewhere, of(widgets, widget("a")))
    assert (refused.code, refused.reason) == (404, "NotFound")
    assert refused.message == 'namespaces "vteam-conformance-nowhere" not found'


async def test_a_generated_name_starts_with_its_prefix(api: Api, widgets: str) -> None:
    document = widget("x")
    document["metadata"] = {"generateName": "run-"}
    names = {(await api.create(widgets, of(widgets, document))).body["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("run-") and len(name) == 9 for name in names)


async def test_an_object_without_a_name_is_invalid(api: Api, widgets: str) -> None:
    document = widget("x")
    document["metadata"] = {}
    refused = await api.create(widgets, of(widgets, document))
    assert (refused.code, refused.reason) == (422, "Invalid")
    assert "metadata.name: Required value: name or generateName is required" in refused.message


async def test_names_and_labels_follow_dns(api: Api, widgets: str) -> None:
    for name in ("Upper", "under_score", "-dash", "a" * 254):
        refused = await api.create(widgets, of(widgets, widget(name)))
        assert (refused.code, refused.reason) == (422, "Invalid"), name
        assert refused.body["details"]["causes"][0]["field"] == "metadata.name"
    document = widget("a")
    document["metadata"]["labels"] = {"ok": "not ok"}
    refused = await api.create(widgets, of(widgets, document))
    assert refused.body["details"]["causes"][0]["field"] == "metadata.labels"


async def test_what_the_body_and_the_path_say_must_agree(api: Api, widgets: str) -> None:
    document = of(widgets, widget("a"))
    document["metadata"]["namespace"] = "elsewhere"
    refused = await api.create(widgets, document)
    assert (refused.code, refused.reason) == (400, "BadRequest")
    made = await api.create(widgets, of(widgets, widget("a")))
    renamed = made.body | {"metadata": made.body["metadata"] | {"name": "b"}}
    refused = await api.replace(f"{widgets}/a", renamed)
    assert (refused.code, refused.reason) == (400, "BadRequest")
    assert refused.message == "the name of the object (b) does not match the name on the URL (a)"


async def test_a_new_object_brings_no_version(api: Api, widgets: str) -> None:
    document = of(widgets, widget("a"))
    document["metadata"]["resourceVersion"] = "1"
    refused = await api.create(widgets, document)
    assert (refused.code, refused.message) == (400, "resourceVersion should not be set on objects to be created")


async def test_the_second_of_two_writers_is_told_of_the_conflict(api: Api, widgets: str) -> None:
    made = (await api.create(widgets, of(widgets, widget("a")))).body
    first = await api.replace(f"{widgets}/a", made | {"spec": made["spec"] | {"turns": 1}})
    assert first.code == 200
    second = await api.replace(f"{widgets}/a", made | {"spec": made["spec"] | {"turns": 2}})
    assert (second.code, second.reason) == (409, "Conflict")
    assert second.message.endswith(
        '"a": the object has been modified; please apply your changes to the latest version and try again'
    )
    stale = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}, "spec": {"turns": 3}}
    assert (await api.patch(f"{widgets}/a", stale)).reason == "Conflict"


async def test_a_custom_resource_is_replaced_only_with_its_version(api: Api, widgets: str) -> None:
    made = (await api.create(widgets, of(widgets, widget("a")))).body
    del made["metadata"]["resourceVersion"]
    refused = await api.replace(f"{widgets}/a", made)
    assert (refused.code, refused.reason) == (422, "Invalid")
    assert "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update" in refused.message


async def test_an_update_of_another_objects_uid_is_a_conflict(api: Api, widgets: str) -> None:
    made = (await api.create(widgets, of(widgets, widget("a")))).body
    made["metadata"]["uid"] = "11111111-2222-3333-4444-555555555555"
    refused = await api.replace(f"{widgets}/a", made)
    assert (refused.code, refused.reason) == (409, "Conflict")
    assert "Precondition failed: UID in precondition" in refused.message


async def test_generation_counts_changes_of_the_spec_only(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    labelled = await api.patch(f"{widgets}/a", {"metadata": {"labels": {"x": "y"}}})
    assert labelled.body["metadata"]["generation"] == 1
    status = await api.patch(f"{widgets}/a/status", {"status": {"phase": "Running"}})
    assert status.body["metadata"]["generation"] == 1
    changed = await api.patch(f"{widgets}/a", {"spec": {"turns": 5}})
    assert changed.body["metadata"]["generation"] == 2


async def test_status_is_written_through_its_subresource_only(api: Api, widgets: str) -> None:
    made = await api.create(widgets, of(widgets, widget("a")) | {"status": {"phase": "Done"}})
    assert "status" not in made.body
    main = await api.patch(f"{widgets}/a", {"status": {"phase": "Done"}})
    assert main.code == 200
    assert "status" not in main.body
    patch = {"status": {"phase": "Running"}, "spec": {"turns": 9}, "metadata": {"labels": {"x": "y"}}}
    status = (await api.patch(f"{widgets}/a/status", patch)).body
    assert status["status"] == {"phase": "Running"}
    assert "turns" not in status["spec"]
    assert "labels" not in status["metadata"]
    kept = await api.patch(f"{widgets}/a", {"spec": {"turns": 2}})
    assert kept.body["status"] == {"phase": "Running"}


async def test_a_patch_that_changes_nothing_writes_nothing(api: Api, widgets: str) -> None:
    made = (await api.create(widgets, of(widgets, widget("a")))).body
    version = made["metadata"]["resourceVersion"]
    same = await api.patch(f"{widgets}/a", {"spec": {"prompt": "make it so"}})
    assert same.body["metadata"]["resourceVersion"] == version
    replaced = await api.replace(f"{widgets}/a", made)
    assert replaced.body["metadata"]["resourceVersion"] == version


async def test_a_dry_run_answers_and_changes_nothing(api: Api, widgets: str) -> None:
    tried = await api.create(widgets, of(widgets, widget("a")), dryRun="All")
    assert tried.code == 201
    assert tried.body["spec"]["mode"] == "fix"
    assert (await api.get(f"{widgets}/a")).code == 404
    await api.create(widgets, of(widgets, widget("a")))
    patched = await api.patch(f"{widgets}/a", {"spec": {"turns": 5}}, dryRun="All")
    assert patched.body["spec"]["turns"] == 5
    assert (await api.delete(f"{widgets}/a", dryRun="All")).code == 200
    assert "turns" not in (await api.get(f"{widgets}/a")).body["spec"]


async def test_strict_field_validation_names_what_it_does_not_know(api: Api, widgets: str) -> None:
    document = of(widgets, widget("a", colour="red"))
    refused = await api.create(widgets, document, fieldValidation="Strict")
    assert (refused.code, refused.reason) == (400, "BadRequest")
    assert 'strict decoding error: unknown field "spec.colour"' in refused.message
    warned = await api.create(widgets, document)
    assert warned.code == 201
    assert "colour" not in warned.body["spec"]
    assert warned.headers["Warning"] == '299 - "unknown field \\"spec.colour\\""'
    quiet = await api.create(widgets, of(widgets, widget("b", colour="red")), fieldValidation="Ignore")
    assert "Warning" not in quiet.headers


async def test_bodies_that_cannot_be_read_are_refused_by_their_kind(api: Api, widgets: str) -> None:
    garbled = await api.create(widgets, "{not json")
    assert (garbled.code, garbled.reason) == (400, "BadRequest")
    strange = await api.call("POST", widgets, "x", headers={"Content-Type": "text/csv"})
    assert (strange.code, strange.reason) == (415, "UnsupportedMediaType")
    patch = await api.patch(f"{widgets}/a", {}, kind="strange-patch+json")
    assert (patch.code, patch.reason) == (415, "UnsupportedMediaType")


async def test_a_strategic_merge_patch_is_not_for_custom_resources(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    refused = await api.patch(f"{widgets}/a", {"spec": {}}, kind="strategic-merge-patch+json")
    assert (refused.code, refused.reason) == (415, "UnsupportedMediaType")


async def test_a_body_may_be_yaml(api: Api, widgets: str) -> None:
    group = widgets.split("/")[2]
    text = f"apiVersion: {group}/v1\nkind: Widget\nmetadata: {{name: y}}\nspec: {{prompt: '2026-01-01'}}\n"
    made = await api.call("POST", widgets, text, headers={"Content-Type": "application/yaml"})
    assert made.code == 201, made.body
    assert made.body["spec"]["prompt"] == "2026-01-01"


async def test_methods_that_a_resource_does_not_have_are_405(api: Api, widgets: str) -> None:
    refused = await api.call("PUT", widgets, of(widgets, widget("a")))
    assert (refused.code, refused.reason) == (405, "MethodNotAllowed")


async def test_an_unknown_dry_run_is_refused(api: Api, widgets: str) -> None:
    refused = await api.create(widgets, of(widgets, widget("a")), dryRun="Some")
    assert (refused.code, refused.reason) == (422, "Invalid")
    assert (await api.get(f"{widgets}/a")).code == 404
