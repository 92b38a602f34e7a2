// Promised against measured, for the Node programs.
let bad = 0;

/** The best of the repeats counts: load on the machine makes them longer, and nothing makes them shorter. */
export function compare(what, promisedMs, measuredMs) {
  const best = Math.min(...measuredMs);
  const ratio = best / promisedMs;
  const good = ratio >= 0.9 && ratio <= 1.1;
  bad += good ? 0 : 1;
  const verdict = good ? "ok" : "NOT WITHIN 10 %";
  console.log(`${what.padEnd(54)} promised ${(promisedMs / 1000).toFixed(3)} s, best ${(best / 1000).toFixed(3)} s, ratio ${ratio.toFixed(3)} ${verdict}`);
}

export function check(what, good) {
  bad += good ? 0 : 1;
  console.log(`${what.padEnd(54)} ${good ? "ok" : "NOT SO"}`);
}

export function end() {
  process.exit(bad === 0 ? 0 : 1);
}
