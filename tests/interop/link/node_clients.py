"""Starts a link for the Node programs beside this file and runs them."""

import os
import pathlib
import subprocess

import stand

HERE = pathlib.Path(__file__).parent


def main():
    report = stand.Report()
    for program in ["fetch.mjs", "toxiproxy_client.mjs"]:
        with stand.link() as link:
            place = dict(os.environ, LINK=link.link, CONTROL=link.control, UPSTREAM=link.upstream)
            report.check(program, subprocess.run(["node", HERE / program], env=place).returncode == 0)
    report.end()


main()
