"""A server and a sambang-link in front of it, for one test program; both end with it."""

import contextlib
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

PATIENCE_S = 60
TIMERS_S = 0.005


class Server(http.server.BaseHTTPRequestHandler):
    """Reads what is posted and answers with as many bytes as the header X-Reply-Bytes says."""

    protocol_version = "HTTP/1.1"
    # One write an answer: else the kernel waits for an acknowledgement between head and body.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        reply = b"x" * int(self.headers.get("X-Reply-Bytes", 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_POST

    def log_message(self, *_):
        pass


class Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # Connections that are cut are what the link is for.
        if not isinstance(sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Link:
    def __init__(self, link, control, upstream):
        self.link, self.control, self.upstream = link, control, upstream

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.control}{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)


@contextlib.contextmanager
def link(profile="unlimited"):
    """A running link; the program is $SAMBANG_LINK."""
    server = Quiet(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstream = f"127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "address")
        command = [os.environ["SAMBANG_LINK"], "--listen", "127.0.0.1:0", "--upstream", upstream]
        command += ["--profile", profile, "--control", "127.0.0.1:0", "--address-file", file]
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            until = time.monotonic() + PATIENCE_S
            while not os.path.exists(file):
                if program.poll() is not None or time.monotonic() > until:
                    sys.exit("sambang-link did not start")
                time.sleep(0.02)
            with open(file) as lines:
                found = dict(line.strip().split("=", 1) for line in lines)
            yield Link(found["LINK"], found["CONTROL"], upstream)
        finally:
            program.terminate()
            program.wait(PATIENCE_S)
            server.shutdown()


class Report:
    """Promised against measured; the sum of all decides."""

    def __init__(self):
        self.bad = 0

    def compare(self, what, promised_s, measured_s):
        """Within 10 %, or within the few milliseconds that timers and other programs take.

        The best of the repeats counts: load on the machine makes them longer, and nothing makes them shorter.
        """
        measured_s = sorted(measured_s)
        ratio = measured_s[0] / promised_s
        good = abs(measured_s[0] - promised_s) <= max(promised_s / 10, TIMERS_S)
        self.bad += not good
        median_s = measured_s[len(measured_s) // 2]
        verdict = "ok" if good else "NOT WITHIN 10 %"
        print(f"{what:54} promised {promised_s:7.3f} s, best {measured_s[0]:7.3f} s, median {median_s:7.3f} s, ratio {ratio:5.3f} {verdict}")

    def check(self, what, good):
        self.bad += not good
        print(f"{what:54} {'ok' if good else 'NOT SO'}")

    def end(self):
        sys.exit(f"{self.bad} of the promises are not kept" if self.bad else 0)
