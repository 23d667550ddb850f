"""Canonical bytes, keys, references, buckets: what portal and node must agree on to the bit."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.routing.documents import MappingConfig
from tenants.routing.naming import blobs, ident_of, references
from tenants.routing.objects import (
    KINDS,
    AnyObject,
    Mailbox,
    Menu,
    Number,
    Person,
    Prompt,
    decode,
    digest,
    encode,
    key_of,
)
from tenants.routing.root import BUCKETS, EMPTY, bucket_digest, bucket_of, buckets_of, put_bucket, root_of
from tenants.routing.slots import SLOTS, edges_of, flow_key
from tests.tenants.routing.documents import legal
from tests.tenants.routing.sample import MAIN, config, norrsken


@pytest.mark.parametrize("obj", norrsken(), ids=key_of)
def test_an_object_reads_back_from_its_bytes_and_they_are_the_same_again(obj: AnyObject) -> None:
    assert decode(encode(obj)) == obj
    assert encode(decode(encode(obj))) == encode(obj)


@given(seed=st.integers(0, 10_000))
def test_random_objects_read_back(seed: int) -> None:
    for obj in legal(seed).values():
        assert decode(encode(obj)) == obj


def test_canonical_bytes_never_change() -> None:
    body = encode(Mailbox(id=7, name="Båx", greeting="prompt/1"))
    assert (
        body == '{"greeting":"prompt/1","id":7,"kind":"mailbox","max_seconds":300,"name":"Båx","owner":null}'.encode()
    )
    assert digest(body) == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"kind":"teapot","id":1}',
        b'{"kind":"mailbox","id":"1","name":""}',
        b'{"kind":"mailbox","id":1,"name":"","extra":1}',
        b'{"kind":"mailbox","id":1,"name":"","greeting":7}',
        b'{"kind":"mailbox","id":1}',
    ],
)
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(body)


def test_every_kind_has_an_example_and_the_slots_name_fields_it_has() -> None:
    examples = {type(obj).__struct_config__.tag: obj for obj in norrsken()}
    assert set(examples) == set(KINDS)
    for kind, slots in SLOTS.items():
        assert {slot.field for slot in slots} <= set(KINDS[kind].__struct_fields__)


def test_references_are_all_keys_but_none_in_a_name() -> None:
    menu = config()["menu/1"]
    assert references(menu) >= {"group/1", "person/3", "prompt/1", "prompt/5", "mailbox/1"}
    assert references(Mailbox(id=1, name="menu/7", greeting="prompt/2")) == {"prompt/2"}
    assert references(Number(id=1, name="", e164=MAIN)) == set()


@given(ident=st.text(st.characters(categories=["Nd", "No"]), min_size=1, max_size=18) | st.from_regex("[0-9]{1,18}"))
def test_a_reference_has_digits_that_an_id_has(ident: str) -> None:
    """Unicode has hundreds more: `int` refuses '²', and reads '٣' as an id that nobody wrote."""
    found = references(Mailbox(id=1, name="", greeting=f"prompt/{ident}"))
    assert found == ({f"prompt/{ident}"} if set(ident) <= set("0123456789") else set())
    assert [ident_of(key) for key in found] == [int(ident) for _key in found]


@given(seed=st.integers(0, 10_000))
def test_whatever_an_edge_leads_to_is_a_reference_of_the_object(seed: int) -> None:
    for key, obj in legal(seed).items():
        assert {edge.target for edge in edges_of(key, obj)} <= references(obj)


def test_only_prompts_need_sound_files() -> None:
    assert blobs(Prompt(id=1, name="", narrow="a", wide="b", milliseconds=1)) == {"a", "b"}
    assert blobs(Menu(id=1, name="", prompt="prompt/1")) == set()


def test_the_flow_of_a_number_or_person_has_its_id() -> None:
    assert (flow_key("number/12"), flow_key("person/7")) == ("number-flow/12", "person-flow/7")


def test_a_configuration_finds_numbers_and_extensions() -> None:
    subject = config()
    assert (subject.number(MAIN), subject.number("+46406221099")) == ("number/1", None)
    assert (subject.extension("103"), subject.extension("")) == ("person/3", None)
    assert MappingConfig([Person(id=1, name="", extension="")]).extension("") is None
    assert len(subject) == len(list(subject)) == len(norrsken())


hashes = st.dictionaries(
    st.text("abc/123", min_size=1, max_size=8), st.text("0123456789abcdef", min_size=64, max_size=64)
)


@given(before=hashes, after=hashes)
def test_a_root_kept_bucket_by_bucket_is_the_root_computed_from_nothing(
    before: dict[str, str], after: dict[str, str]
) -> None:
    kept = buckets_of(before.items())
    for number in {bucket_of(key) for key in before.keys() | after.keys()}:
        now = {key: value for key, value in after.items() if bucket_of(key) == number}
        kept = put_bucket(kept, number, bucket_digest(now))
    assert kept == buckets_of(after.items())
    assert (root_of(kept) == root_of(buckets_of(before.items()))) == (before == after)


def test_a_customer_with_nothing_has_the_empty_root() -> None:
    assert buckets_of([]) == EMPTY
    assert len(EMPTY) == BUCKETS * 32
    assert bucket_digest({}) == bytes(32)
