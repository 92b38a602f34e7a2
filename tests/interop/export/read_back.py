"""Exports of a small centre, made by the real programs, read back by software that is not ours.

With SAMBANG_KEEP=DIR the files stay there, the PDFs also as pictures.
"""

import csv
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import geojson
import openpyxl
import pypdf

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "sync-core/forms/examples"
VILLAGE = "53.03.01.2005"
UNITS = (
    "code,name\n53,Nusa Tenggara Timur\n53.03,Timor Tengah Utara\n53.03.01,Miomaffo Timur\n"
    "53.03.01.2005,Bokon\n53.03.02,Miomaffo Barat\n53.03.02.2001,Eban\n"
)
# More than fifty letters, as a description must have, and each a formula to a spreadsheet that is careless.
FORMULAS = [
    '=HYPERLINK("http://contoh.invalid","klik di sini untuk melihat laporan lengkap")',
    "+62811 adalah nomor pelapor yang mendengar letusan di belakang gudang pupuk desa",
    "-3 derajat suhu malam ini, warga dusun atas meminta selimut dan tenda tambahan",
    "@SUM(A1:A9) tertulis di dinding pos ronda bersama gambar palu, warga resah",
]


class World:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        units = self.folder / "units.csv"
        units.write_text(UNITS)
        self.centre("units", "import", str(units))
        address = self.folder / "address"
        command = ["sambang-server", "--data", str(self.folder / "centre"), "serve", "--listen", "127.0.0.1:0", "--address-file", str(address)]
        self.server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not address.exists() or not address.read_text().strip():
            if self.server.poll() is not None:
                raise SystemExit("the server ended")
            time.sleep(0.02)
        self.url = "http://" + address.read_text().strip().removeprefix("http://")

    def centre_text(self, *words):
        command = ["sambang-server", "--data", str(self.folder / "centre"), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def centre(self, *words):
        return json.loads(self.centre_text("--json", *words))

    def refused(self, *words):
        command = ["sambang-server", "--json", "--data", str(self.folder / "centre"), *words]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode != 0, words
        return json.loads(done.stderr)["error"]

    def officer(self, nrp, name, unit, role="officer"):
        return self.centre("officer", "add", "--nrp", nrp, "--name", name, "--unit", unit, "--role", role)["code"]

    def phone(self, nrp, name, unit, role="officer", sync=True):
        store = self.folder / f"{nrp}.sambang"
        device = lambda *words: json.loads(subprocess.run(["sambang", "--store", str(store), "--json", *words], check=True, capture_output=True, text=True).stdout)
        device("enrol", "--server", self.url, "--code", self.officer(nrp, name, unit, role))
        if sync:
            device("sync")
        return device

    def file(self, device, kind, unit, **changes):
        data = json.loads((EXAMPLES / f"{kind}.full.json").read_text())
        data.update(changes)
        path = self.folder / "data.json"
        path.write_text(json.dumps({name: value for name, value in data.items() if value is not None}))
        return device("report", "new", kind, "--unit", unit, "--data", str(path))["id"]

    def export(self, form, *words):
        out = self.folder / f"export.{form}"
        self.centre("report", "export", "--format", form, "--out", str(out), *words)
        return out


def main(folder):
    world = World(folder)
    try:
        check(world)
    finally:
        world.server.terminate()
        world.server.wait()


passed = 0


def holds(what, true):
    global passed
    assert true, what
    print(f"ok {what}")
    passed += 1


def check(world):
    yosef = world.phone("81120045", "Yosef Naibesi", VILLAGE)
    world.phone("81120046", "Maria Kolo", VILLAGE)
    world.phone("81120047", "Dominikus Sila", "53.03.02.2001", sync=False)
    world.officer("81120048", "Paulus Tefa", "53.03.02.2001")
    world.centre("officer", "grant", "81120045", "--unit", VILLAGE, "--class", "rahasia")
    yosef("sync")
    household = world.file(yosef, "dds-warga", VILLAGE)
    copy = world.file(yosef, "dds-warga", VILLAGE)
    secret = world.file(yosef, "laporan-informasi", VILLAGE)
    formulas = [world.file(yosef, "deteksi-dini", VILLAGE, uraian=text, lokasi=None) for text in FORMULAS]
    others = [world.file(yosef, kind, VILLAGE) for kind in ["sambang", "problem-solving", "binluh", "satkamling", "pesan-kamtibmas", "dds-usaha"]]
    yosef("sync")
    ids = {household, copy, secret, *formulas, *others}

    flags = {report["id"]: report["repeat_of"] for report in world.centre("report", "list")}
    holds("every report is listed", set(flags) == ids)
    holds("the copy is flagged, and names what it repeats", flags[copy] == household and world.centre("report", "show", copy)["repeat_of"] == household)
    holds("nothing else is flagged", [id for id, of in flags.items() if of] == [copy])

    spreadsheets(world, ids, formulas)
    maps(world, ids, household, formulas)
    papers(world, household, secret, len(ids))
    evaluation(world, len(ids))
    search(world, household, secret, formulas)
    mistakes(world)


def spreadsheets(world, ids, formulas):
    book = openpyxl.load_workbook(world.export("xlsx"))
    rows = list(book["laporan"].iter_rows())
    heads = [cell.value for cell in rows[0]]
    holds("XLSX: a row a report", {row[heads.index("id")].value for row in rows[1:]} == ids)
    holds("XLSX: no cell is a formula", all(cell.data_type != "f" for row in rows for cell in row))
    described = {row[heads.index("id")].value: row[heads.index("data.uraian")] for row in rows[1:]}
    holds("XLSX: what looks like a formula is the same text, marked", [described[id].value for id in formulas] == FORMULAS and all(described[id].quotePrefix for id in formulas))
    holds("XLSX: a position is a number", any(isinstance(row[heads.index("data.lokasi.lat")].value, float) for row in rows[1:]))

    lines = list(csv.DictReader(io.StringIO(world.export("csv").read_text())))
    texts = {line["id"]: line["data.uraian"] for line in lines}
    holds("CSV: a line a report", set(texts) == ids)
    holds("CSV: an apostrophe before what looks like a formula", [texts[id] for id in formulas] == ["'" + text for text in FORMULAS])
    holds("CSV: no cell begins a formula", not any(str(cell)[:1] in "=+@\t\r" and cell for line in lines for cell in line.values()))
    holds("NDJSON: an object a line", {json.loads(line)["id"] for line in world.export("ndjson").read_text().splitlines()} == ids)
    holds("JSON: one array", {report["id"] for report in json.loads(world.export("json").read_text())} == ids)


def maps(world, ids, household, formulas):
    found = geojson.loads(world.export("geojson").read_text())
    features = {feature["id"]: feature for feature in found["features"]}
    holds("GeoJSON is valid", isinstance(found, geojson.FeatureCollection) and found.is_valid)
    holds("GeoJSON keeps reports without a position", set(features) == ids and all(features[id]["geometry"] is None for id in formulas))
    holds("GeoJSON: longitude first", features[household]["geometry"]["coordinates"] == [124.4839, -9.4502])


def papers(world, household, secret, count):
    text = lambda path: [page.extract_text() for page in pypdf.PdfReader(path).pages]
    letter = world.export("pdf", secret)
    keep(letter, "li")
    pages = text(letter)
    whole = "\n".join(pages)
    holds("PDF of an LI: kop", all(words in whole for words in ["KEPOLISIAN NEGARA REPUBLIK INDONESIA", "DAERAH NUSA TENGGARA TIMUR", "RESOR TIMOR TENGAH UTARA", "SEKTOR MIOMAFFO TIMUR"]))
    holds("PDF of an LI: its number", "R/LI-7/XI/2026/Polsek Miomaffo Timur" in whole)
    holds("PDF of an LI: RAHASIA at head and foot of every page", all(page.count("RAHASIA") == 2 for page in pages))
    holds("PDF of an LI: fields in the order of the form, in Indonesian", order(whole, ["Bidang", "Ekonomi", "Nama sumber", "Analisis", "Prediksi", "Rekomendasi", "Yang melaporkan", "YOSEF NAIBESI", "NRP 81120045"]))
    visit = world.export("pdf", household)
    keep(visit, "dds")
    whole = "\n".join(text(visit))
    holds("PDF of a visit: rows and the date as one says it", "Gregorius Naibesi" in whole and "20 November 2026" in whole and "RAHASIA" not in whole)
    fonts = [font["/BaseFont"] for page in pypdf.PdfReader(visit).pages for font in (font.get_object() for font in page["/Resources"]["/Font"].values())]
    holds("PDF: the font is in the file", fonts and all("LiberationSans" in font for font in fonts))
    paper = world.export("pdf", "--unit", "53.03", "--period", time.strftime("%G-W%V"))
    keep(paper, "daftar")
    whole = "\n".join(text(paper))
    holds("PDF of a period: every report and the total", f"Jumlah: {count} laporan" in whole and "DAFTAR LAPORAN" in whole)
    picture = world.folder / "picture"
    subprocess.run(["pdftoppm", "-r", "60", "-png", str(letter), str(picture)], check=True)
    holds("PDF: poppler draws it", any(world.folder.glob("picture*.png")))


def order(text, words):
    at = 0
    for word in words:
        at = text.find(word, at)
        if at < 0:
            return False
    return True


def keep(path, name):
    target = os.environ.get("SAMBANG_KEEP")
    if target:
        pathlib.Path(target).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, pathlib.Path(target) / f"{name}.pdf")
        subprocess.run(["pdftoppm", "-r", "80", "-png", str(path), str(pathlib.Path(target) / name)], check=True)


def evaluation(world, count):
    period = time.strftime("%G-W%V")
    words = ["evaluate", "--period", period, "--unit", "53"]
    found = world.centre(*words)
    by = {officer["nrp"]: officer for officer in found["officers"]}
    activity = {nrp: officer["activity"] for nrp, officer in by.items()}
    holds("evaluation: the zone is that of the province", (found["period"], found["unit"], found["zone"]) == (period, "53", "WITA"))
    holds("evaluation: aktif, kurang; without a sync or a device, belum sinkron", activity == {"81120045": "aktif", "81120046": "kurang", "81120047": "belum sinkron", "81120048": "belum sinkron"})
    holds("evaluation: the copy counts once", (by["81120045"]["reports"], by["81120045"]["distinct"]) == (count, count - 1))
    holds("evaluation: reports by kind and duty add up", sum(by["81120045"]["per_kind"].values()) == count == sum(by["81120045"]["per_duty"].values()))
    units = {unit["unit"]: unit for unit in found["units"]}
    names = ["officers", "aktif", "cukup", "kurang", "belum_sinkron", "reports", "unsent"]
    holds("evaluation: Polsek add up to Polres and Polda", all(units["53.03.01"][name] + units["53.03.02"][name] == units["53.03"][name] == units["53"][name] for name in names))
    out = world.folder / "evaluation.xlsx"
    world.centre(*words, "--format", "xlsx", "--out", str(out))
    book = openpyxl.load_workbook(out)
    holds("evaluation: XLSX has officers and units", (book.sheetnames, book["petugas"].max_row, book["wilayah"].max_row) == (["petugas", "wilayah"], 5, 5))
    lines = list(csv.reader(io.StringIO(world.centre_text(*words, "--format", "csv", "--out", "-"))))
    holds("evaluation: CSV has a line an officer", len(lines) == 5 and lines[1][0] == "81120045")
    table = world.centre_text(*words)
    holds("evaluation: the table says belum sinkron", table.count("belum sinkron") == 3)
    if os.environ.get("SAMBANG_KEEP"):
        print(table)


def search(world, household, secret, formulas):
    found = lambda *words: {report["id"] for report in world.centre("report", "list", *words)}
    everything = found()
    holds("search: a word of the content, in whatever case", found("--text", "PEREKRUT") >= {household} and secret not in found("--text", "perekrut"))
    holds("search: all words, wherever they stand", found("--text", "jeriken solar") == {secret})
    holds("search: the name of a field is no content", found("--text", "kunjungan_ke") == set())
    holds("search: signs mean themselves", found("--text", "%") == set() and formulas[0] in found("--text", "=HYPERLINK"))
    holds("search: name, NRP, unit", found("--name", "naibesi") == everything == found("--author", "81120045") and found("--name", "kolo") == set() == found("--unit", "53.03.02"))
    holds("search: period", found("--period", time.strftime("%G-W%V")) == everything and found("--period", "2020-W01") == set())


def mistakes(world):
    code = lambda *words: world.refused(*words)
    wrong = [
        (("evaluate", "--period", "2025-W53", "--unit", "53"), "bad-period"),
        (("evaluate", "--period", "2026-13", "--unit", "53"), "bad-period"),
        (("evaluate", "--period", "2026-11", "--unit", "53", "--zone", "UTC"), "bad-zone"),
        (("evaluate", "--period", "2026-11", "--unit", "5"), "bad-unit"),
        (("evaluate", "--period", "2026-11", "--unit", "99"), "unknown-unit"),
        (("report", "export", "--period", "november"), "bad-period"),
    ]
    for words, expected in wrong:
        error = code(*words)
        holds(f"{' '.join(words)}: {expected}, with a remedy", error["code"] == expected and error["remedy"])


with tempfile.TemporaryDirectory() as folder:
    try:
        main(folder)
    except (AssertionError, subprocess.CalledProcessError) as error:
        print(f"FAILED {error} {getattr(error, 'stderr', '')}")
        print(f"{passed} passed, 1 failed")
        sys.exit(1)
print(f"{passed} passed, 0 failed")
