"""`make run`: everything up in order, looked after, and down again."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from portal.stack import build, places, postgres
from portal.stack.plan import NODE_NAME, ROOT, Plan
from portal.stack.state import AlreadyRunning, is_free
from portal.stack.supervisor import NotStarted, Part, Stopped, Supervisor, printer


class Run:
    """One start of the whole stack."""

    def __init__(self, plan: Plan, supervisor: Supervisor, without: frozenset[str]) -> None:
        self.plan = plan
        self.without = without
        self.supervisor = supervisor
        self.cluster: postgres.Cluster | None = None
        self.code = ""

    def up(self) -> str:
        """Bring everything up, in order. Return what the demo said: who may log in.

        :raises NotStarted: with the part and its reason. :raises Stopped: if asked to stop meanwhile.
        """
        self._own_servers()
        self._made_from_the_tree()
        self._database()
        self._portal()
        self.supervisor.start(*self._switch())
        return self._demo()

    def _own_servers(self) -> None:
        if self.plan.own_database:
            self._postgres()
        else:
            self.supervisor.say("postgres", "yours, by DATABASE_URL")
        if self.plan.own_broker:
            self.supervisor.start(self.plan.broker())
        else:
            self.supervisor.say("valkey", "yours, by BROKER_URL")

    def _postgres(self) -> None:
        password = self.plan.secrets["SUPERUSER_PASSWORD"]
        self.cluster = cluster = postgres.cluster_at(self.plan.state.folder)
        cluster.initialise(password)
        self.supervisor.start(self.plan.postgres(cluster))
        url = cluster.url("postgres", "postgres", password)
        logins = {
            name: self.plan.secrets[f"{name.removeprefix('portal_').upper()}_PASSWORD"] for name in postgres.LOGINS
        }
        postgres.make_roles(url, logins)
        postgres.make_database(url)

    def _made_from_the_tree(self) -> None:
        try:
            if (build.FRONT / "package.json").exists() and build.front_end():
                self.supervisor.say("front end", "built")
            build.translations()
        except RuntimeError as error:
            raise NotStarted(str(error)) from error

    def _database(self) -> None:
        python, manage = sys.executable, ROOT / "manage.py"
        owner, app = (self.plan.environment(role, self.cluster) for role in ("OWNER", "APP"))
        self.supervisor.run("migrate", [python, manage, "migrate", "--noinput"], owner, ROOT)
        self.supervisor.run("static", [python, manage, "collectstatic", "--noinput", "-v", "0"], app, ROOT)
        self._enrol(app)

    def _demo(self) -> str:
        """Make the demo companies when their node is there, so that their first push takes no longer than any other."""
        if "demo" in self.without or not any(ROOT.glob("*/management/commands/demo.py")):
            return ""
        app = self.plan.environment("APP", self.cluster)
        file = self.plan.state.folder / "demo.txt"
        command: list[str | Path] = [sys.executable, ROOT / "manage.py", "demo", "--file", file]
        self.supervisor.run("demo", command, app | {"NODE_NAME": NODE_NAME}, ROOT)
        self.plan.state.log("demo").unlink()
        return file.read_text()

    def _enrol(self, env: dict[str, str]) -> None:
        """Get a one-time code for a node that has no identity; it stays in memory, so its log goes at once."""
        if "node" in self.without or self.plan.node_is_enrolled():
            return
        command = [sys.executable, str(ROOT / "manage.py"), "enrol_node", NODE_NAME]
        self.code = self.supervisor.run("enrol", command, env, ROOT).strip().splitlines()[-1]
        self.plan.state.log("enrol").unlink()

    def _portal(self) -> None:
        if not is_free(self.plan.port):
            raise NotStarted(f"port {self.plan.port} is taken; choose another: PORT=8080 make run")
        app, worker = (self.plan.environment(role, self.cluster) for role in ("APP", "WORKER"))
        self.supervisor.start(
            self.plan.web(app),
            self.plan.streams(app),
            self.plan.door(),
            self.plan.worker(worker, "worker", "emergency,interactive", 8, "-P", "threads"),
            self.plan.worker(worker, "bulk", "sync,bulk", 1),
            self.plan.worker(worker, "webhooks", "webhooks", 8, "-P", "threads"),
            self.plan.beat(worker),
        )

    def _switch(self) -> list[Part]:
        if "node" in self.without:
            return []
        node = ROOT / "integrations" / "asterisk" / "__main__.py"
        if node.exists() and self._asterisk_is_here():
            return [self.plan.node(self.code), self.plan.asterisk()]
        if (ROOT / "integrations" / "switch" / "memory_node.py").exists():
            return [self.plan.memory_node(self.code)]
        self.supervisor.say("node", "there is no switch node here; saved changes wait")
        return []

    def _asterisk_is_here(self) -> bool:
        """Install Asterisk (81 MB at the first start, nothing later); say why if it can't be."""
        if "asterisk" in self.without:
            return False
        if not self.plan.asterisk_is_possible():
            self.supervisor.say("asterisk", "can't be installed: Debian's packages are not to be had here")
            return False
        command = [sys.executable, "-m", "integrations.asterisk.install"]
        try:
            self.supervisor.run("install", command, self.plan.node_environment(), ROOT)
        except NotStarted as error:
            self.supervisor.say("asterisk", f"{error}")
            return False
        return True


def run(folder: Path, without: frozenset[str] = frozenset()) -> int:
    """Serve until stopped, without the named parts (demo, node, asterisk). Return the exit code."""
    say = printer()
    plan = Plan.load(folder)
    try:
        lock = plan.state.lock()
    except AlreadyRunning as error:
        say("stack", f"runs already in {folder} (process {error}); end it first")
        return 1
    supervisor = Supervisor(plan.state, say)
    supervisor.listen_for_the_end()
    try:
        supervisor.end_leftovers()
        login = Run(plan, supervisor, without).up()
        say("", "")
        say("ready", f"Open {plan.site}")
        for line in ["", *login.strip().splitlines(), ""]:
            say("", line)
        say("", f"Logs are in {plan.state.folder / 'logs'}. Ctrl-C ends all.")
        supervisor.watch()
    except Stopped:
        say("stack", "stopped while starting")
    except (NotStarted, FileNotFoundError, PermissionError, RuntimeError) as error:
        say("stack", f"{error}")
        return 1
    finally:
        supervisor.stop()
        lock.close()
    return 0


def forget(folder: Path) -> None:
    """Remove all state of a stack that does not run: database, queue, node, secrets.

    :raises AlreadyRunning: if it runs.
    """
    state = Plan.load(folder).state
    with state.lock():
        cluster = postgres.cluster_at(folder)
        for path in (cluster.data, cluster.sockets, folder):
            shutil.rmtree(path, ignore_errors=True)
        for path in (cluster.binaries.folder, cluster.data):
            if standin := places.stand_in(path):
                shutil.rmtree(standin, ignore_errors=True)
