#!/usr/bin/env python3
"""Checks that every file which a document, a comment or a script names is there.

    tests/documents.py

Named is what looks like a path below one of the project's folders: docs/layer.md, `sim/blocks/core.c`; in documents also
`core.c` alone.  Names in capitals (boards/NAME/), build/ and patterns (*) stand for several and are not looked at.
"""
import os
import re
import sys

os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = "base models gen rtl_templates sim dataflows boards cli bench tests docs".split()
PATH = re.compile(r"(?<![\w./$@{}-])((?:%s)/[\w./*{}@%%-]*\w)(?![$\w])" % "|".join(FOLDERS))
ALONE = re.compile(r"`(\w+\.(?:c|def|py|sh|md|tpl))`")
TEXTS = (".md", ".h", ".c", ".cpp", ".def", ".tpl", ".py", ".sh", ".dot")
KEPT = ("tests/golden/", "tests/digests/", "docs/array_")  # generated, or lists of cases


def is_several(path):
    return re.search(r"[A-Z]{2,}|[*{}@%]|/none/|_$", re.sub(r"README|RTL", "", path)) is not None


def main():
    files = [os.path.join(folder, name) for top in FOLDERS for folder, _, names in os.walk(top) for name in names]
    files += [name for name in os.listdir() if os.path.isfile(name)]
    known = {os.path.basename(name) for name in files}
    missing = []
    for name in sorted(files):
        if not name.endswith(TEXTS) or name.startswith(KEPT) or not os.path.exists(name):
            continue
        for number, line in enumerate(open(name, encoding="utf-8", errors="replace"), 1):
            for path in PATH.findall(line):
                if not is_several(path) and not os.path.exists(path):
                    missing.append(f"{name}:{number} names {path}, which is not there")
            for file in ALONE.findall(line) if name.endswith(".md") else ():
                if not is_several(file) and file not in known:
                    missing.append(f"{name}:{number} names {file}, which is nowhere")
    print("\n".join(missing + [f"{len(missing)} names of files that are not there"]))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
