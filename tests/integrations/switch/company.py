"""A customer for tests of switch nodes: built of objects, pushed over the wire as the portal would push it."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable

import httpx
import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenants.routing import objects, root
from tenants.routing.objects import AnyObject, Key
from tenants.routing.wire import NOTHING, Change, Conflict, Enrolled, Push, Receipt, Refusal, Sealed
from tests.phones import tones


def identity(portal: str = "portal-of-tests") -> Enrolled:
    """Return an identity as enrolment gives it."""
    secrets = [base64.b64encode(os.urandom(32)).decode() for _ in range(3)]
    return Enrolled(node=1, portal=portal, token_of_node=secrets[0], token_of_portal=secrets[1], sealing_key=secrets[2])


def seal(who: Enrolled, customer: int, credential: int, version: int, secret: str) -> Sealed:
    """Return a secret sealed for a node, as ``Sealed`` says it is."""
    nonce, bound = os.urandom(12), f"{customer}/{credential}/{version}".encode()
    box = AESGCM(base64.b64decode(who.sealing_key)).encrypt(nonce, secret.encode(), bound)
    return Sealed(credential=credential, version=version, box=base64.b64encode(nonce + box).decode())


def change(obj: AnyObject) -> Change:
    """Return an object as a push carries it."""
    body = objects.encode(obj)
    return Change(key=objects.key_of(obj), sha256=objects.digest(body), body=msgspec.Raw(body))


class Wire:
    """The portal's end of the wire to one node."""

    def __init__(self, address: str, who: Enrolled) -> None:
        """Speak to a node at this address as its portal."""
        self.who = who
        headers = {"Authorization": f"Bearer {who.token_of_portal}"}
        self.http = httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False)

    def push(self, push: Push) -> Receipt | Conflict | Refusal:
        """Push, and return the answer as what it is."""
        return self.raw(push.customer, msgspec.json.encode(push))

    def raw(self, customer: int, body: bytes) -> Receipt | Conflict | Refusal:
        """Push these bytes."""
        answer = self.http.post(f"/v1/customers/{customer}/push", content=body)
        types: dict[int, type[Receipt | Conflict | Refusal]] = {200: Receipt, 409: Conflict, 422: Refusal}
        assert answer.status_code in types, answer.text
        return msgspec.json.decode(answer.content, type=types[answer.status_code])

    def blob(self, body: bytes) -> str:
        """Hand over a sound and return its hash."""
        name = objects.digest(body)
        answer = self.http.put(f"/v1/blobs/{name}", content=body)
        assert answer.status_code == 204, answer.text
        return name


class Company:
    """A customer's configuration, kept as the portal keeps it: what is wanted, and what was pushed last."""

    def __init__(self, wire: Wire, customer: int) -> None:
        """Be this customer on the node at the wire's other end."""
        self.wire, self.customer = wire, customer
        self.epoch, self.generation = 1, 0
        self.objects: dict[Key, AnyObject] = {}
        self.pushed: dict[Key, AnyObject] = {}
        self.passwords: dict[tuple[int, int], str] = {}

    def put(self, *parts: AnyObject) -> None:
        """Want these objects."""
        self.objects.update({objects.key_of(part): part for part in parts})

    def prompt(self, id_: int, tone: int, seconds: float = 0.6) -> Key:
        """Want a prompt that sounds a tone; its sounds are handed over at once."""
        narrow, wide = tones.wav(tone, seconds), tones.wav(tone, seconds, 16000)
        self.put(
            objects.Prompt(
                id=id_,
                name=f"Ton {tone}",
                narrow=self.wire.blob(narrow),
                wide=self.wire.blob(wide),
                milliseconds=round(seconds * 1000),
            )
        )
        return f"prompt/{id_}"

    def person(
        self, id_: int, extension: str, password: str = "", version: int = 1, devices: int = 1, area: str = ""
    ) -> Key:
        """Want a person with telephones named ``<customer>-<person>-<n>``."""
        self.put(
            objects.Person(
                id=id_,
                name=f"Person {id_}",
                extension=extension,
                area=area,
                devices=tuple(
                    objects.Device(
                        id=id_ * 10 + number,
                        username=self.username(id_, number),
                        credential=objects.Credential(id=id_ * 10 + number, version=version),
                    )
                    for number in range(devices)
                ),
            )
        )
        for number in range(devices):
            self.passwords[id_ * 10 + number, version] = password or f"secret-{self.username(id_, number)}"
        return f"person/{id_}"

    def username(self, person: int, number: int = 0) -> str:
        """Return the name a person's telephone registers as."""
        return f"t{self.customer}-{person}-{number}"

    def snapshot(self, generation: int | None = None) -> Push:
        """Return a push of everything."""
        return self._push(None, (change(part) for part in self.objects.values()), generation, self.passwords)

    def delta(self) -> Push:
        """Return a push of what differs from what was pushed last."""
        changes = [change(part) for key, part in self.objects.items() if self.pushed.get(key) != part]
        changes += [Change(key=key, body=NOTHING) for key in self.pushed if key not in self.objects]
        return self._push(self.generation, changes, None, self.passwords)

    def _push(
        self, base: int | None, changes: Iterable[Change], generation: int | None, secrets: dict[tuple[int, int], str]
    ) -> Push:
        hashes = ((key, objects.digest(objects.encode(part))) for key, part in self.objects.items())
        who = self.wire.who
        return Push(
            portal=who.portal,
            customer=self.customer,
            epoch=self.epoch,
            generation=self.generation + 1 if generation is None else generation,
            root=root.root_of(root.buckets_of(hashes)),
            changes=tuple(changes),
            base=base,
            secrets=tuple(seal(who, self.customer, *name, secret) for name, secret in secrets.items()),
        )

    def publish(self, *, whole: bool = False) -> Receipt:
        """Make what is wanted active, and be sure that it is."""
        push = self.snapshot() if whole or not self.generation else self.delta()
        answer = self.wire.push(push)
        assert isinstance(answer, Receipt), answer
        self.generation, self.pushed = push.generation, dict(self.objects)
        return answer
