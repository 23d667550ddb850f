"""A customer's configuration as a mapping, for the simulator, the proofs and tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tenants.routing.objects import AnyObject, Group, Key, Number, Person, key_of


class MappingConfig(Mapping[Key, AnyObject]):
    """A ``Config`` over objects in memory, with an index of numbers and one of extensions.

    Two objects with the same number or extension should not be; the one with the lower key counts then.
    """

    def __init__(self, objects: Mapping[Key, AnyObject] | Iterable[AnyObject]) -> None:
        """Take objects by key, or objects alone."""
        values = objects.values() if isinstance(objects, Mapping) else objects
        self._objects = {key_of(obj): obj for obj in values}
        self._numbers: dict[str, Key] = {}
        self._extensions: dict[str, Key] = {}
        self._groups: dict[Key, list[Key]] = {}
        for key in sorted(self._objects):
            self._index(key, self._objects[key])

    def _index(self, key: Key, obj: AnyObject) -> None:
        if isinstance(obj, Number):
            self._numbers.setdefault(obj.e164, key)
        elif isinstance(obj, Person) and obj.extension:
            self._extensions.setdefault(obj.extension, key)
        elif isinstance(obj, Group):
            for member in obj.members:
                self._groups.setdefault(member.person, []).append(key)

    def __getitem__(self, key: Key) -> AnyObject:
        """Return the object with this key."""
        return self._objects[key]

    def __iter__(self) -> Iterator[Key]:
        """Yield the keys."""
        return iter(self._objects)

    def __len__(self) -> int:
        """Return how many objects there are."""
        return len(self._objects)

    def number(self, e164: str) -> Key | None:
        """Return the key of a number the customer holds, or None."""
        return self._numbers.get(e164)

    def extension(self, digits: str) -> Key | None:
        """Return the key of the person with this extension, or None."""
        return self._extensions.get(digits)

    def groups(self, person: Key) -> Sequence[Key]:
        """Return the keys of the groups a person is a member of."""
        return self._groups.get(person, ())
