"""A form that was refused comes back as it was sent, and says what is wrong with which field."""

import re

from tests.web.world import Reader

GRANT = {"kind": "registered_model", "name": "ml.prod.detector", "item": "EXECUTE", "days": "30"}


def field(text: str, name: str) -> str:
    """Return the tag of the one field with a name, its white space made single."""
    (found,) = re.findall(rf'<(?:input|textarea)[^>]*\sname="{name}"[^>]*>', text)
    return re.sub(r"\s+", " ", found)


def test_a_principal_that_there_is_not_is_asked_for_again(alice: Reader):
    answer = alice.submit("/grants", **GRANT, principal="bobb", reason="a trial")
    assert answer.status_code == 404
    assert "&#39;bobb&#39; does not exist" in answer.text
    assert "EXECUTE on ml.prod.detector" in answer.text
    wrong = field(answer.text, "principal")
    assert 'value="bobb"' in wrong
    assert 'aria-invalid="true"' in wrong
    assert 'value="a trial"' in field(answer.text, "reason")
    for name, value in GRANT.items():
        hidden = field(answer.text, name)
        assert 'type="hidden"' in hidden
        assert f'value="{value}"' in hidden


def test_what_is_sent_again_in_order_is_done(alice: Reader, charlie: Reader):
    refused = alice.submit("/grants", **GRANT, principal="charly")
    sent = {name: value for name, value in GRANT.items() if name in refused.text}
    assert alice.submit("/grants", **sent, principal="charlie").status_code == 303


def test_a_name_that_is_taken_is_asked_for_again(root: Reader):
    answer = root.submit("/catalogs", name="ml", comment="Machines\nthat learn")
    assert answer.status_code == 409
    assert 'value="ml"' in field(answer.text, "name")
    assert ">Machines\nthat learn</textarea>" in answer.text


def test_no_password_is_sent_back(root: Reader):
    answer = root.submit("/profile/password", old_password="old-and-kept", new_password="short")
    assert answer.status_code == 400
    assert "old-and-kept" not in answer.text
    assert 'type="password"' in field(answer.text, "old_password")
    assert 'aria-invalid="true"' in field(answer.text, "new_password")


def test_what_has_nothing_to_correct_leads_back(root: Reader):
    page = "/schemas/ml.prod?after=x"
    answer = root.submit_from(page, "/schemas/ml.prod/drop")
    assert answer.status_code == 409
    assert f'href="{page}"' in answer.text


def test_no_page_of_another_site_is_led_back_to(root: Reader):
    answer = root.submit_from("http://elsewhere.example/", "/schemas/ml.prod/drop")
    assert "elsewhere" not in answer.text
