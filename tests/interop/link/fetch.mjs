// Does Node's fetch see the bandwidth and the delay that EDGE promises, within 10 %?
import { compare, end } from "./report.mjs";

const { LINK, CONTROL } = process.env;
const REPEATS = 3;
const control = async (method, path) => (await fetch(`http://${CONTROL}${path}`, { method })).json();

const { profile } = await control("POST", "/profile/edge");
const work = {
  "an empty exchange": { method: "POST" },
  "20,000 bytes up": { method: "POST", body: new Uint8Array(20_000) },
  "20,000 bytes down": { method: "POST", headers: { "X-Reply-Bytes": "20000" } },
};
for (const [what, options] of Object.entries(work)) {
  const measured = [];
  let promised = 0;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const before = await control("GET", "/stats");
    const started = performance.now();
    await (await fetch(`http://${LINK}/`, options)).arrayBuffer();
    measured.push(performance.now() - started);
    const after = await control("GET", "/stats");
    const up = after.bytes_up - before.bytes_up;
    const down = after.bytes_down - before.bytes_down;
    promised = profile.round_trip_ms + (8_000 * up) / profile.up_bits_per_s + (8_000 * down) / profile.down_bits_per_s;
  }
  compare(`fetch, edge, ${what}`, promised, measured);
}
end();
