"""One call of a telephone, seen from its end."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

from tests.phones import sip
from tests.phones.rtp import Sound

if TYPE_CHECKING:
    from tests.phones.phone import Phone


class Call:
    """A dialog and its sound. ``ringing``, ``answered`` and ``ended`` are events to wait for."""

    def __init__(self, phone: Phone, own: str, other: str, id_: str, extra: list[tuple[str, str]]) -> None:
        """Prepare a call from this telephone; ``invite`` makes it."""
        self.phone, self.id, self.tag = phone, id_, secrets.token_hex(4)
        host, port = phone.server
        self._from, self._to = f"<sip:{own}@{phone.host}>;tag={self.tag}", f"<sip:{other}@{host}:{port}>"
        self._target, self._extra, self._number = f"sip:{other}@{host}:{port}", extra, 0
        self._invite: sip.Message | None = None
        self._via = ""
        self.caller = own
        self.ringing, self.answered, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.cancelled, self.status = False, 0
        self.notified: list[str] = []
        """What NOTIFYs of a transfer said, ``SIP/2.0 200 OK`` at the end of a good one."""
        self._lock = threading.Lock()
        self.sound = Sound(phone.host, phone.tone)

    @classmethod
    def coming(cls, phone: Phone, invite: sip.Message) -> Call:
        """Take a call that comes in."""
        call = cls(phone, phone.username, sip.user_of(invite.get("from")), invite.get("call-id"), [])
        call.caller = sip.user_of(invite.get("from"))
        call._invite, call._to = invite, invite.get("from")
        call._from = f"{invite.get('to')};tag={call.tag}"
        call._target = sip.uri_of(invite.get("contact"))
        return call

    @property
    def dialled(self) -> str:
        """The number the other side asked for, in a call that came in."""
        return sip.user_of(self._invite.get("to")) if self._invite else ""

    # --- out ------------------------------------------------------------------------------------------------------

    def invite(self, proof: str = "") -> None:
        """Ask for the call."""
        extra = [*self._extra, *([("Authorization", proof)] if proof else [])]
        self._request("INVITE", extra, sip.offer(self.phone.host, self.sound.port))

    def _request(
        self, method: str, extra: list[tuple[str, str]], body: str = "", number: int = 0, via: str = ""
    ) -> None:
        if not number:
            self._number += 1
        via = via or self.phone.via()
        if method == "INVITE":
            self._via = via
        headers = [
            *(("Via", via), ("Max-Forwards", "70"), ("From", self._from), ("To", self._to), ("Call-ID", self.id)),
            *(("CSeq", f"{number or self._number} {method}"), ("Contact", self.phone.contact), *extra),
        ]
        self.phone.send(sip.write(f"{method} {self._target} SIP/2.0", headers, body))

    def hang_up(self) -> None:
        """End the call, or take back the asking for it."""
        if self.ended.is_set():
            return
        if self.answered.is_set():
            self._request("BYE", [])
            self._end()
        elif self._invite is None:
            self._request("CANCEL", [], number=self._number, via=self._via)
        else:
            self.refuse(480)

    def transfer(self, number: str) -> None:
        """Transfer the other side blindly to a number (REFER)."""
        host, port = self.phone.server
        self._request("REFER", [("Refer-To", f"<sip:{number}@{host}:{port}>"), ("Referred-By", self.phone.contact)])

    # --- in -------------------------------------------------------------------------------------------------------

    def answer(self) -> None:
        """Take the call."""
        with self._lock:
            if self._invite is None or self.ended.is_set() or self.answered.is_set():
                return
            if there := sip.address_in(self._invite.body):
                self.sound.start(there)
            body = sip.offer(self.phone.host, self.sound.port)
            self.phone.reply(self._invite, 200, "OK", tag=self.tag, body=body)
            self.answered.set()

    def refuse(self, status: int) -> None:
        """Turn the call down."""
        if self._invite is not None:
            self.phone.reply(self._invite, status, "No", tag=self.tag)
        self.status = status
        self._end()

    def _end(self) -> None:
        if not self.ended.is_set():
            self.ended.set()
            threading.Thread(target=self.sound.stop, daemon=True).start()

    def answered_by(self, message: sip.Message) -> None:
        """Take in an answer to one of our requests."""
        if message.answers == "INVITE":
            self._invited(message)

    def _invited(self, message: sip.Message) -> None:
        if message.status in (180, 183):
            self.ringing.set()
            if message.body and (there := sip.address_in(message.body)):
                self.sound.start(there)
        elif message.status >= 300:
            self._refused(message)
        elif message.status >= 200:
            self._to, self._target = message.get("to"), sip.uri_of(message.get("contact")) or self._target
            self._request("ACK", [], number=message.number)
            if there := sip.address_in(message.body):
                self.sound.start(there)
            self.status = 200
            self.answered.set()

    def _refused(self, message: sip.Message) -> None:
        to, self._to = self._to, message.get("to")
        self._request("ACK", [], number=message.number, via=self._via)
        self._to = to
        if message.status in (401, 407) and self.phone.password is not None and self._number == 1:
            challenge = message.get("www-authenticate") or message.get("proxy-authenticate")
            phone = self.phone
            self.invite(sip.authorisation(challenge, "INVITE", self._target, phone.username, phone.password or ""))
            return
        self.status = message.status
        self._end()

    def asked(self, message: sip.Message) -> None:
        """Take in a request of the other side within this call."""
        if message.method == "CANCEL":
            self.phone.reply(message, 200, "OK", tag=self.tag)
            self.cancelled = True
            self.refuse(487)
        elif message.method == "BYE":
            self.phone.reply(message, 200, "OK")
            self._end()
        elif message.method == "INVITE":
            self._again(message)
        elif message.method != "ACK":
            if message.method == "NOTIFY":
                self.notified.append(message.body.strip())
            self.phone.reply(message, 200, "OK")

    def _again(self, message: sip.Message) -> None:
        """Answer an INVITE within the call (a new address for the sound), or the first one sent again."""
        if not self.answered.is_set():
            return
        if there := sip.address_in(message.body):
            self.sound.start(there)
        body = sip.offer(self.phone.host, self.sound.port)
        self.phone.reply(message, 200, "OK", tag=self.tag, body=body)
