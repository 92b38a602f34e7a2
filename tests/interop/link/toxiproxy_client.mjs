// The npm client of Toxiproxy, unchanged, against sambang-link.
import { Toxiproxy } from "toxiproxy-node-client";
import { check, compare, end } from "./report.mjs";

const { CONTROL, UPSTREAM } = process.env;
const REPEATS = 3;
const toxiproxy = new Toxiproxy(`http://${CONTROL}`);

async function exchange(proxy, bytes = 0) {
  const started = performance.now();
  const headers = { Connection: "close" };
  await (await fetch(`http://${proxy.listen}/`, { method: "POST", body: new Uint8Array(bytes), headers })).arrayBuffer();
  return performance.now() - started;
}

async function repeated(proxy, bytes) {
  const all = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) all.push(await exchange(proxy, bytes));
  return all;
}

const outcome = (proxy) => exchange(proxy).then(() => "answered", (error) => error.cause?.code ?? error.message);
const refused = (promise) => promise.then(() => false, () => true);

check("a version", JSON.parse(await toxiproxy.getVersion()).version.startsWith("2."));
const proxy = await toxiproxy.createProxy({ name: "desa", listen: "localhost:0", upstream: UPSTREAM });
check("a proxy is made", (await toxiproxy.get("desa")).listen === proxy.listen && (await outcome(proxy)) === "answered");
check("a second of the same name is refused", await refused(toxiproxy.createProxy({ name: "desa", listen: "", upstream: UPSTREAM })));
check("all are listed", Object.keys(await toxiproxy.getAll()).join() === "desa,link");

const plain = Math.min(...(await repeated(proxy, 0)));
const latency = await proxy.addToxic({ type: "latency", attributes: { latency: 300, jitter: 0 } });
check("a toxic has its default name", latency.name === "latency_downstream" && latency.toxicity === 1);
compare("latency 300 ms down", 300 + plain, await repeated(proxy, 0));
await latency.update({ attributes: { latency: 600 } });
check("a toxic is updated", (await proxy.getToxic("latency_downstream")).attributes.latency === 600);
compare("latency 600 ms down, updated", 600 + plain, await repeated(proxy, 0));
await latency.remove();
check("a toxic is removed", await refused(proxy.getToxic("latency_downstream")));

const bandwidth = await proxy.addToxic({ type: "bandwidth", stream: "upstream", attributes: { rate: 20 } });
compare("bandwidth 20 KB/s up, 40,000 bytes", 2_000 + plain, await repeated(proxy, 40_000));
await bandwidth.remove();

await proxy.addToxic({ type: "reset_peer", stream: "upstream", attributes: { timeout: 0 } });
check("reset_peer resets the connection", (await outcome(proxy)) === "ECONNRESET");
await toxiproxy.reset();
check("reset takes the toxics away", (await outcome(proxy)) === "answered");
await proxy.addToxic({ type: "timeout", attributes: { timeout: 200 } });
check("timeout ends the connection without an answer", (await outcome(proxy)) !== "answered");
await toxiproxy.reset();

const down = await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
// The door is closed and opened beside the answer: a busy machine may need a moment for it.
const becomes = async (expected, until = performance.now() + 60_000) => {
  while ((await outcome(proxy)) !== expected && performance.now() < until);
  return (await outcome(proxy)) === expected;
};
check("a proxy that is down refuses", down.enabled === false && (await becomes("ECONNREFUSED")));
await proxy.update({ enabled: true, listen: proxy.listen, upstream: proxy.upstream });
check("and is up again afterwards", await becomes("answered"));

const made = await toxiproxy.populate([{ name: "kota", listen: "localhost:0", upstream: UPSTREAM, enabled: true }]);
check("proxies are populated", (await outcome(made.kota)) === "answered");
await made.kota.remove();
check("a proxy is deleted", await refused(toxiproxy.get("kota")));
end();
