"""The PyPI client of Toxiproxy, unchanged, against sambang-link."""

import http.client
import time

from toxiproxy import Toxiproxy
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

import stand

REPEATS = 3


def exchange(proxy, size=0):
    host, port = proxy.listen.rsplit(":", 1)
    started = time.monotonic()
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.request("POST", "/", body=bytes(size))
    connection.getresponse().read()
    connection.close()
    return time.monotonic() - started


def outcome(proxy):
    try:
        exchange(proxy)
    except Exception as error:
        return type(error)
    return None


def raises(kind, call):
    try:
        call()
    except kind:
        return True
    return False


def main():
    report = stand.Report()
    with stand.link() as link:
        host, port = link.control.split(":")
        toxiproxy = Toxiproxy()
        toxiproxy.update_api_consumer(host, int(port))
        report.check("the server runs and has a version", toxiproxy.running() and b"version" in toxiproxy.version())
        proxy = toxiproxy.create(upstream=link.upstream, name="desa")
        report.check("a proxy is made and listed", {"desa", "link"} == set(toxiproxy.proxies()) and proxy.enabled)
        report.check("a second of the same name is refused", raises(ProxyExists, lambda: toxiproxy.create(upstream=link.upstream, name="desa")))
        report.check("a request goes through", outcome(proxy) is None)

        plain = min(exchange(proxy) for _ in range(REPEATS))
        proxy.add_toxic(type="latency", attributes={"latency": 400, "jitter": 0})
        report.compare("latency 400 ms down", 0.4 + plain, [exchange(proxy) for _ in range(REPEATS)])
        report.check("a toxic is listed", proxy.get_toxic("latency_downstream").attributes == {"latency": 400, "jitter": 0})
        report.check("a wrong type is refused", raises(InvalidToxic, lambda: proxy.add_toxic(type="poison")))
        proxy.destroy_toxic("latency_downstream")
        report.check("a toxic that is not there is not found", raises(NotFound, lambda: proxy.destroy_toxic("latency_downstream")))

        proxy.add_toxic(type="bandwidth", stream="upstream", attributes={"rate": 20})
        report.compare("bandwidth 20 KB/s up, 40,000 bytes", 2.0 + plain, [exchange(proxy, 40_000) for _ in range(REPEATS)])
        proxy.destroy_toxic("bandwidth_upstream")

        proxy.add_toxic(type="timeout", attributes={"timeout": 300})
        started = time.monotonic()
        ended = outcome(proxy)
        report.check("timeout ends the connection without an answer", ended is not None and 0.27 <= time.monotonic() - started)
        toxiproxy.reset()
        report.check("reset takes the toxics away", proxy.toxics() == {} and outcome(proxy) is None)

        proxy.add_toxic(type="reset_peer", stream="upstream", attributes={"timeout": 0})
        report.check("reset_peer resets the connection", outcome(proxy) is ConnectionResetError)
        toxiproxy.reset()

        # The door is closed and opened beside the answer: a busy machine may need a moment for it.
        def becomes(expected):
            until = time.monotonic() + stand.PATIENCE_S
            while outcome(proxy) is not expected and time.monotonic() < until:
                pass
            return outcome(proxy) is expected

        with proxy.down():
            report.check("a proxy that is down refuses", becomes(ConnectionRefusedError))
        report.check("and is up again afterwards", becomes(None))

        populated = toxiproxy.populate([{"name": "kota", "listen": "127.0.0.1:0", "upstream": link.upstream}])
        report.check("proxies are populated", [each.name for each in populated] == ["kota"] and outcome(populated[0]) is None)
        toxiproxy.destroy_all()
        report.check("all are destroyed", toxiproxy.proxies() == {})
    report.end()


main()
