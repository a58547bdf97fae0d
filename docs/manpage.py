#!/usr/bin/env python3
"""Prints the manual page of arraysmith, made from what the program says about itself.

    docs/manpage.py build/arraysmith > arraysmith.1

The first section comes from `--help`, then one section a verb from `VERB --help`; the verbs are those
that `--help` lists.
"""
import re
import subprocess
import sys


def ask(tool, *arguments):
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=True).stdout


def escape(line):
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + line if line[:1] in (".", "'") else line


def split(text):
    """The usage lines, the sentence below them, and the rest of a help text."""
    lines = text.rstrip().split("\n")
    count = next(i for i, line in enumerate(lines) if not re.match(r"Usage: |  or: ", line))
    usage = [re.sub(r"^(Usage|  or): ", "", line) for line in lines[:count]]
    end = lines.index("", count)
    return usage, " ".join(lines[count:end]), lines[end + 1:]


def section(title, usage, sentence, rest):
    print(f'.SH "{title}"')
    for line in usage:
        print(f".B {escape(line)}\n.br")
    print(".PP\n" + escape(sentence) + "\n.PP\n.nf")
    print("\n".join(escape(line) for line in rest))
    print(".fi")


def main():
    tool = sys.argv[1]
    version = ask(tool, "--version").split()[-1]
    text = ask(tool, "--help")
    usage, sentence, rest = split(text)
    verbs = re.findall(r"^  ([a-z]+) +[A-Z]+.*$", text[text.index("\nVerbs:"):text.index("\nExamples:")], re.M)
    print(f'.TH ARRAYSMITH 1 "" "arraysmith {version}" "User Commands"')
    print(".SH NAME\narraysmith \\- generate DNN accelerators and count their cycles")
    section("SYNOPSIS", usage, sentence, rest)
    for verb in verbs:
        section(f"arraysmith {verb}", *split(ask(tool, verb, "--help")))


if __name__ == "__main__":
    main()
