#!/usr/bin/env python3
"""Drives one peer through the contract of README.md: honest exchanges are done, and what was held back or altered is never called done.

    check.py REPORTS PEER...      REPORTS: reports as lines of JSON; PEER...: the command that `serve DIR` and `client DIR HOST:PORT` are added to

Ends with "N passed, N failed"."""
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

passed = failed = 0


def expect(what, answer, ok, because=""):
    """`because`: what the error of a refusal must say, so that another error does not pass for it."""
    global passed, failed
    as_expected = answer.get("ok") is ok and (ok or (answer.get("error") and because in answer["error"]))
    passed, failed = passed + bool(as_expected), failed + (not as_expected)
    print(f"{'ok' if as_expected else 'WRONG'}: {what}: {json.dumps(answer)}", flush=True)


def digest(reports):
    one = lambda report: json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256("".join(one(report) for report in sorted(reports, key=lambda report: report["id"])).encode()).hexdigest()


class Process:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def line(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"ok": None, "error": "the program ended"}

    def do(self, name, **fields):
        self.process.stdin.write(json.dumps({"do": name, **fields}) + "\n")
        self.process.stdin.flush()
        return self.line()

    def end(self):
        """Closes standard input; the exit code."""
        self.process.stdin.close()
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "still running"


def main(file, peer):
    reports = [json.loads(line) for line in open(file, encoding="utf-8")][:30]
    with tempfile.TemporaryDirectory() as scratch:
        story(Path(scratch), file, reports, peer)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0 or passed == 0)


def story(scratch, file, reports, peer):
    clients = 0

    def client():
        nonlocal clients
        clients += 1
        return Process([*peer, "client", str(scratch / f"client-{clients}"), address])

    def pull(what, reports, ok):
        fresh = client()
        expect(what, fresh.do("pull", count=len(reports), digest=digest(reports)), ok, because="reports came")
        expect("quit", fresh.do("quit"), True)

    server = Process([*peer, "serve", str(scratch / "server")])
    ready = server.line()
    expect(f"the server says where it is: {ready}", {"ok": isinstance(ready.get("port"), int) and bool(ready.get("versions"))}, True)
    address = f"127.0.0.1:{ready.get('port')}"

    officer = client()
    expect("load", officer.do("load", file=str(file)), True)
    saved = officer.do("save", **{"from": 0, "count": 20})
    expect("save", saved, True)
    expect("push", officer.do("push", **{"from": 0, "count": 20}), True)
    expect("idle", officer.do("idle"), True)
    pull("an honest pull", reports[:20], True)
    expect("save and hold back five more", officer.do("save", **{"from": 20, "count": 5}), True)
    pull("a pull in which reports are missing", reports[:25], False)
    pull("a pull in which more came than was sent", reports[:19], False)

    edited = [{**report, "uraian": "Disunting oleh Kapolsek."} for report in reports[:20]]
    pull("a pull in which an edit is missing", [*edited[:1], *reports[1:20]], False)
    # The five that were saved may go along: some peers send all that is saved.
    expect("push of what was held back", officer.do("push", **{"from": 20, "count": 5}), True)
    expect("edit", officer.do("edit", **{"from": 0, "count": 20, "field": "uraian", "value": "Disunting oleh Kapolsek."}), True)
    everything = [*edited, *reports[20:25]]
    pull("an honest pull after edits", everything, True)
    pull("a pull in which one edit has come out otherwise", [{**edited[0], "uraian": "Lain."}, *everything[1:]], False)
    pull("a pull that still expects what stood before the edit", reports[:25], False)

    expect("idle", officer.do("idle"), True)
    expect("a range that is not loaded", officer.do("push", **{"from": 0, "count": 1_000_000}), False, because="reports are loaded")
    if not saved.get("skipped"):
        expect("a push of what was never saved", officer.do("push", **{"from": 25, "count": 5}), False)
    expect("no such command", officer.do("no-such-command"), False)
    expect("the client ends with its input", {"ok": officer.end() == 0}, True)

    second = client()
    expect("load", second.do("load", file=str(file)), True)
    if not saved.get("skipped"):
        expect("save on a second device", second.do("save", **{"from": 25, "count": 5}), True)
    expect("push from a second device", second.do("push", **{"from": 25, "count": 5}), True)
    expect("quit", second.do("quit"), True)
    pull("an honest pull of what two devices wrote", [*everything, *reports[25:30]], True)

    expect("the server ends with its input", {"ok": server.end() == 0}, True)
    unreachable = client()
    expect("load", unreachable.do("load", file=str(file)), True)
    unreachable.do("save", **{"from": 0, "count": 1})
    expect("push without a server", unreachable.do("push", **{"from": 0, "count": 1}), False)
    unreachable.end()


main(Path(sys.argv[1]).resolve(), sys.argv[2:])
