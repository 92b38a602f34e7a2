"""Does curl see the bandwidth and the delay that a place promises, within 10 %?"""

import subprocess
import tempfile

import stand

REPEATS = 5
# Places without jitter and loss: what they promise is one figure.
PLACES = {
    "edge": "edge",
    "satellite without loss": {"name": "far", "up_bits_per_s": 1_000_000, "down_bits_per_s": 4_000_000, "round_trip_ms": 650},
    "wifi without jitter": {"name": "near", "up_bits_per_s": 20_000_000, "down_bits_per_s": 50_000_000, "round_trip_ms": 20},
}
UPLOAD_BYTES = {"edge": 20_000, "satellite without loss": 250_000, "wifi without jitter": 5_000_000}


def curl(address, *options):
    figures = "%{time_total}"
    command = ["curl", "--silent", "--show-error", "--fail", "--output", "/dev/null", "--write-out", figures, "--max-time", "120"]
    # curl waits for leave to send a large body, which would be one round trip more.
    command += ["--header", "Expect:", *options, f"http://{address}/"]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def through(link, *options):
    before = link.ask("GET", "/stats")
    seconds = curl(link.link, *options)
    after = link.ask("GET", "/stats")
    return seconds, after["bytes_up"] - before["bytes_up"], after["bytes_down"] - before["bytes_down"]


def main():
    report = stand.Report()
    with stand.link() as link, tempfile.NamedTemporaryFile() as file:
        for name, place in PLACES.items():
            place = link.ask("POST", f"/profile/{place}")["profile"] if isinstance(place, str) else link.ask("POST", "/profile", place)["profile"]
            size = UPLOAD_BYTES[name]
            file.seek(0)
            file.truncate()
            file.write(bytes(size))
            file.flush()
            work = {
                "an empty exchange": [],
                f"{size} bytes up": ["--data-binary", f"@{file.name}"],
                f"{size} bytes down": ["--header", f"X-Reply-Bytes: {size}"],
            }
            for what, options in work.items():
                seconds = []
                for _ in range(REPEATS):
                    measured, up, down = through(link, *options)
                    seconds.append(measured)
                # What curl and the server need between themselves is no promise of the link.
                direct = min(curl(link.upstream, *options) for _ in range(REPEATS))
                promised = direct + place["round_trip_ms"] / 1_000 + 8 * up / place["up_bits_per_s"] + 8 * down / place["down_bits_per_s"]
                report.compare(f"curl, {name}, {what}", promised, seconds)
    report.end()


main()
