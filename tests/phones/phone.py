"""A telephone: registers, makes and takes calls. One socket and one thread; any number of calls."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
from typing import Literal

from tests.phones import sip
from tests.phones.call import Call

Habit = Literal["answer", "ignore", "busy", "refuse"]
_HABIT_STATUS = {"busy": 486, "refuse": 603}


class Phone:
    """A SIP telephone on UDP. Without a password it is the outside: it trusts and is trusted by its address."""

    def __init__(
        self,
        server: tuple[str, int],
        username: str,
        password: str | None = None,
        *,
        bind: tuple[str, int],
        tone: int = 0,
    ) -> None:
        """Live at ``bind`` (port 0 for any), talk to ``server``, sound ``tone`` Hz in calls."""
        self.server, self.username, self.password, self.tone = server, username, password, tone
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(bind)
        self._socket.settimeout(0.1)
        self.host, self.port = self._socket.getsockname()
        self.habit: Habit = "answer"
        self.rings = 0.2
        """Seconds it rings before it answers."""
        self.calls: dict[str, Call] = {}
        self.taken: list[Call] = []
        """Calls that came in, in order."""
        self.lamps: list[str] = []
        """What NOTIFYs said of messages waiting, in order."""
        self._answers: dict[tuple[str, int], list[sip.Message]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up everything and go away."""
        for call in list(self.calls.values()):
            if not call.ended.is_set():
                call.hang_up()
        self._over.set()
        self._thread.join(2)
        self._socket.close()

    # --- registering ----------------------------------------------------------------------------------------------

    def register(self, expires: int = 300) -> int:
        """Register, or with ``expires=0`` sign off; return the final status."""
        call_id, uri = secrets.token_hex(8), f"sip:{self.server[0]}:{self.server[1]}"
        answer = self._ask_register(call_id, 1, uri, expires)
        if answer.status == 401 and self.password is not None:
            challenge = answer.get("www-authenticate")
            proof = sip.authorisation(challenge, "REGISTER", uri, self.username, self.password)
            answer = self._ask_register(call_id, 2, uri, expires, proof)
        return answer.status

    def _ask_register(self, call_id: str, number: int, uri: str, expires: int, proof: str = "") -> sip.Message:
        own = f"<sip:{self.username}@{self.server[0]}>"
        headers = [
            *(("Via", self.via()), ("From", f"{own};tag={call_id}"), ("To", own), ("Call-ID", call_id)),
            *(("CSeq", f"{number} REGISTER"), ("Contact", self.contact), ("Expires", str(expires))),
            ("Max-Forwards", "70"),
        ]
        if proof:
            headers.append(("Authorization", proof))
        self.send(sip.write(f"REGISTER {uri} SIP/2.0", headers))
        return self._wait(call_id, number)

    def _wait(self, call_id: str, number: int, timeout: float = 5.0) -> sip.Message:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for answer in self._answers.get((call_id, number), []):
                if answer.status >= 200:
                    return answer
            time.sleep(0.01)
        raise TimeoutError(f"{self.username} was not answered")

    # --- calls ----------------------------------------------------------------------------------------------------

    def call(self, number: str, caller: str = "", extra: list[tuple[str, str]] | None = None) -> Call:
        """Call a number; ``caller`` is who the outside says it is, ``extra`` are more headers."""
        call = Call(self, caller or self.username, number, secrets.token_hex(10), extra or [])
        self.calls[call.id] = call
        call.invite()
        return call

    def wait_taken(self, count: int = 1, timeout: float = 8.0) -> Call:
        """Wait until so many calls have come in; return the last of them."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if len(self.taken) >= count:
                return self.taken[count - 1]
            time.sleep(0.02)
        raise TimeoutError(f"{self.username} was not called")

    # --- the line -------------------------------------------------------------------------------------------------

    def via(self) -> str:
        """Return a Via header of a new transaction."""
        return f"SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{secrets.token_hex(8)};rport"

    @property
    def contact(self) -> str:
        """Where this telephone is reached."""
        return f"<sip:{self.username}@{self.host}:{self.port}>"

    def send(self, packet: bytes) -> None:
        """Send a packet to the server."""
        with contextlib.suppress(OSError):
            self._socket.sendto(packet, self.server)

    def reply(self, request: sip.Message, status: int, words: str, *, tag: str = "", body: str = "") -> None:
        """Answer a request."""
        to = request.get("to")
        headers = [("Via", value) for value in request.all("via")]
        headers += [("Record-Route", value) for value in request.all("record-route")]
        headers += [("From", request.get("from")), ("To", f"{to};tag={tag}" if tag and ";tag=" not in to else to)]
        headers += [(name, request.get(name.lower())) for name in ("Call-ID", "CSeq")]
        headers.append(("Contact", self.contact))
        self.send(sip.write(f"SIP/2.0 {status} {words}", headers, body))

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                message = sip.read(self._socket.recv(65535))
            except OSError:
                continue
            if message is not None:
                self._take(message)

    def _take(self, message: sip.Message) -> None:
        call = self.calls.get(message.get("call-id"))
        if message.status:
            self._answers.setdefault((message.get("call-id"), message.number), []).append(message)
            if call is not None:
                call.answered_by(message)
        elif message.method == "INVITE" and call is None:
            self._ring(message)
        elif call is not None:
            call.asked(message)
        elif message.method != "ACK":
            if message.get("event") == "message-summary":
                self.lamps.append(message.body)
            self.reply(message, 481 if message.method == "BYE" else 200, "OK", tag=secrets.token_hex(4))

    def _ring(self, invite: sip.Message) -> None:
        call = Call.coming(self, invite)
        self.calls[call.id] = call
        self.taken.append(call)
        status = _HABIT_STATUS.get(self.habit)
        if status:
            call.refuse(status)
            return
        self.reply(invite, 180, "Ringing", tag=call.tag)
        if self.habit == "answer":
            threading.Timer(self.rings, call.answer).start()
