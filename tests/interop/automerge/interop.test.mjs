// Every dumped document opens in Automerge's own JavaScript, with the values that `report show` tells.
//
// Needs `sambang` and `sambang-server` on the PATH; ./check puts them there.

import * as Automerge from "@automerge/automerge";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const village = "53.03.01.2005";
const folder = mkdtempSync(join(tmpdir(), "sambang-interop-"));

let centre;
let url;

const run = (program, ...words) => JSON.parse(execFileSync(program, ["--json", ...words], { encoding: "utf8" }));
const server = (...words) => run("sambang-server", "--data", join(folder, "centre"), ...words);

class Device {
  constructor(name, nrp) {
    this.store = join(folder, `${name}.sambang`);
    const { code } = server("officer", "add", "--nrp", nrp, "--name", name, "--unit", village);
    this.run("enrol", "--server", url, "--code", code);
    this.run("sync");
  }

  run(...words) {
    return run("sambang", "--store", this.store, ...words);
  }

  file(kind) {
    const data = join(root, "sync-core/forms/examples", `${kind}.full.json`);
    return this.run("report", "new", kind, "--unit", village, "--data", data).id;
  }

  edit(id, path, value) {
    this.run("report", "edit", id, "--set", `${path}=${value}`);
  }

  show(id) {
    return this.run("report", "show", id);
  }

  dump(id) {
    const file = join(folder, "dumped");
    this.run("report", "dump", id, "--out", file);
    return Automerge.load(new Uint8Array(readFileSync(file)));
  }
}

// What a value of the document is in JSON. Strings written in Rust are ImmutableString here; only fields for co-editing are plain strings.
function plain(value) {
  if (Automerge.isImmutableString(value)) return value.toString();
  if (value instanceof Date) return value.getTime();
  if (Automerge.isCounter(value)) return value.value;
  if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  return value;
}

// `report show` gives the rows of a list in order, each with its id as `_row`; the document has them in a map under these ids.
function withRowsAsMaps(value) {
  if (Array.isArray(value)) return Object.fromEntries(value.map(({ _row, ...fields }) => [_row, withRowsAsMaps(fields)]));
  if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withRowsAsMaps(inner)]));
  return value;
}

function leaves(value) {
  return value !== null && typeof value === "object" ? Object.values(value).reduce((count, inner) => count + leaves(inner), 0) : 1;
}

function entries(shown) {
  return Object.fromEntries(shown.map(({ id, by: _by, at: _at, ...texts }) => [id, texts]));
}

function assertSame(document, shown) {
  assert.deepEqual(plain(document.data), withRowsAsMaps(shown.data));
  assert.deepEqual(plain(document.comments), entries(shown.comments));
  assert.deepEqual(plain(document.decisions), entries(shown.decisions));
  for (const key of ["id", "kind", "unit", "author", "form"]) assert.equal(plain(document[key]), shown[key], key);
  assert.equal(plain(document.recorded_at), Date.parse(shown.recorded_at));
  assert.deepEqual(Automerge.getHeads(document).toSorted(), shown.heads.toSorted());
}

// All values of a field, by its dotted path.
function values(document, path) {
  const keys = path.split(".");
  const last = keys.pop();
  const container = keys.reduce((inner, key) => inner[key], document.data);
  return Object.values(Automerge.getConflicts(container, last) ?? {}).map(plain);
}

before(async () => {
  server("units", "import", join(root, "data/wilayah.csv"));
  centre = spawn("sambang-server", ["--json", "--data", join(folder, "centre"), "serve", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "ignore"] });
  for await (const line of centre.stdout) {
    url = JSON.parse(line).url;
    break;
  }
});

after(() => {
  centre?.kill("SIGTERM");
  rmSync(folder, { recursive: true });
});

const kinds = run("sambang", "report", "kinds").map(({ kind }) => kind);
let officer;

test("an officer enrols", () => {
  officer = new Device("Maria", "85010001");
  assert.equal(kinds.length, 9);
});

for (const kind of kinds) {
  test(`${kind}: every field of the full example has the same value`, () => {
    const id = officer.file(kind);
    const [document, shown] = [officer.dump(id), officer.show(id)];
    assertSame(document, shown);
    const example = JSON.parse(readFileSync(join(root, "sync-core/forms/examples", `${kind}.full.json`), "utf8"));
    assert.equal(leaves(plain(document.data)), leaves(example));
  });
}

test("an edited report has the new value, and the old one in its history", () => {
  const id = officer.file("deteksi-dini");
  const old = plain(officer.dump(id).data.uraian);
  officer.edit(id, "uraian", "Uraian baru yang cukup panjang: pertemuan warga dipindahkan ke balai desa pada hari Sabtu.");
  const document = officer.dump(id);
  assertSame(document, officer.show(id));
  assert.notEqual(plain(document.data.uraian), old);
  const first = Automerge.getHistory(document)[0].snapshot;
  assert.equal(plain(first.data.uraian), old);
});

test("a withdrawn report has the decision with its reason", () => {
  const id = officer.file("sambang");
  officer.run("report", "withdraw", id, "--reason", "Salah desa.");
  const document = officer.dump(id);
  assertSame(document, officer.show(id));
  assert.equal(Object.keys(document.decisions).length, 1);
});

test("a conflict has the same values on both devices and here", () => {
  const other = new Device("Yosef", "85010002");
  const id = officer.file("satkamling");
  officer.run("sync");
  other.run("sync");
  const row = officer.show(id).data.anggota[0]._row;
  const paths = { temuan: ["Atap pos bocor.", "Lampu pos mati."], "lokasi.lat": ["-9.5", "-9.6"], [`anggota.${row}.umur`]: ["50", "51"] };
  for (const [path, [mine, theirs]] of Object.entries(paths)) {
    officer.edit(id, path, mine);
    other.edit(id, path, theirs);
  }
  for (const device of [officer, other, officer]) device.run("sync");

  for (const device of [officer, other]) {
    const [document, shown] = [device.dump(id), device.show(id)];
    assertSame(document, shown);
    assert.deepEqual(shown.conflicts.map(({ path }) => path).toSorted(), Object.keys(paths).toSorted());
    for (const { path, variants } of shown.conflicts) {
      assert.deepEqual(values(document, path).toSorted(), variants.map(({ value }) => value).toSorted(), path);
    }
  }
  assert.deepEqual(officer.show(id).data, other.show(id).data);

  officer.run("report", "resolve", id, "temuan", "--take", "1");
  const resolved = officer.dump(id);
  assertSame(resolved, officer.show(id));
  assert.equal(Automerge.getConflicts(resolved.data, "temuan"), undefined);
});
