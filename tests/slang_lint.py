#!/usr/bin/env python3
"""Elaborates Verilog in slang, the strictest of the linters: no warning and no error.

    tests/slang_lint.py TOP FILE.v...

Run by the Python of .venv, in which `.ci/install check` puts pyslang.
"""
import sys

import pyslang


def lint(top, files):
    driver = pyslang.driver.Driver()
    driver.addStandardArgs()
    words = ["slang", "-Wdefault", "-Wextra", "--std=1364-2005", "--top", top, *files]
    return (driver.parseCommandLine(" ".join(words), pyslang.driver.CommandLineOptions())
            and driver.processOptions() and driver.parseAllSources()
            and driver.runFullCompilation(quiet=True))


if __name__ == "__main__":
    sys.exit(0 if lint(sys.argv[1], sys.argv[2:]) else 1)
