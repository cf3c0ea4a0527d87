#!/usr/bin/env python3
"""Makes packages of other versions from the one that was built, and agents that are bad in one way each.

    other-packages.py PACKAGE.tar.gz TO

leaves in TO, each with its own SHA256SUMS, as install/package makes them:
    next.tar.gz    controller and agent 0.2.0: their jars say so themselves
    good.tar.gz    agent 0.1.95
    fails.tar.gz   agent 0.1.91, which ends as it starts
    hangs.tar.gz   agent 0.1.92, which runs and connects to nobody
    liar.tar.gz    agent 0.1.93, which says that it is 9.9.9
"""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile


def rewrite(jar, version, version_file=None):
    """A jar whose manifest, and version.txt if it has one, says another version."""
    with zipfile.ZipFile(jar) as old, zipfile.ZipFile(jar + ".new", "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item.filename)
            if item.filename == "META-INF/MANIFEST.MF":
                lines = content.decode().split("\r\n")
                lines = ["Implementation-Version: " + version if line.startswith("Implementation-Version:") else line for line in lines]
                content = "\r\n".join(lines).encode()
            elif version_file and item.filename == version_file:
                content = (version + "\n").encode()
            new.writestr(item, content)
    os.replace(jar + ".new", jar)


def sums(root, parts):
    lines = []
    for where, names in parts:
        for name in names:
            top = os.path.join(root, where, name)
            files = [top] if os.path.isfile(top) else sorted(
                os.path.join(folder, file) for folder, _, found in os.walk(top, followlinks=True) for file in found)
            for file in files:
                with open(file, "rb") as content:
                    digest = hashlib.sha256(content.read()).hexdigest()
                lines.append(digest + "  " + os.path.relpath(file, os.path.join(root, where)) + "\n")
    return "".join(lines)


def write(path, text):
    if os.path.lexists(path):
        os.remove(path)  # never through a link of another copy
    with open(path, "w") as out:
        out.write(text)


def seal_agent(root):
    write(root + "/agent/SHA256SUMS", sums(root, [("agent", ["bin", "lib"]), ("", ["LICENSE", "VERSION", "runtime"])]))


def pack(out, *arguments):
    tar = subprocess.Popen(["tar", "--dereference", "--hard-dereference", "--owner=0", "--group=0", "-cf", "-", *arguments],
                           stdout=subprocess.PIPE)
    with open(out, "wb") as file:
        subprocess.run(["gzip", "-1"], stdin=tar.stdout, stdout=file, check=True)
    if tar.wait() != 0:
        sys.exit("tar failed")


def agent(package, out, version, says=None, start=None):
    with tempfile.TemporaryDirectory(dir=os.path.dirname(package)) as root:
        subprocess.run(["cp", "-a", package + "/.", root], check=True)
        write(root + "/VERSION", version + "\n")
        rewrite(root + "/agent/lib/davit-agent.jar", says or version)
        if start:
            program = root + "/agent/bin/davit-agent"
            with open(program) as file:
                lines = file.read().split("\n")
            write(program, "\n".join([lines[0], '[ "$1" != run ] || ' + start] + lines[1:]))
            os.chmod(program, 0o755)
        seal_agent(root)
        pack(out, "-C", root + "/agent", "SHA256SUMS", "bin", "lib", "-C", root, "LICENSE", "VERSION", "runtime")


def main():
    source, to = sys.argv[1:]
    os.makedirs(to, exist_ok=True)
    work = tempfile.mkdtemp(dir=to)
    try:
        package = work + "/package"
        os.mkdir(package)
        subprocess.run(["tar", "-xzf", source, "--strip-components=1", "-C", package], check=True)
        for cache in ("agent/lib/agent.aot", "controller/lib/davit.aot", "controller/lib/serve.aot"):
            if os.path.exists(package + "/" + cache):
                os.remove(package + "/" + cache)  # recorded of the other jars
        agent(package, to + "/good.tar.gz", "0.1.95")
        agent(package, to + "/fails.tar.gz", "0.1.91", start="{ echo this build is broken >&2; exit 1; }")
        agent(package, to + "/hangs.tar.gz", "0.1.92", start="exec sleep 86400")
        agent(package, to + "/liar.tar.gz", "0.1.93", says="9.9.9")
        write(package + "/VERSION", "0.2.0\n")
        rewrite(package + "/agent/lib/davit-agent.jar", "0.2.0")
        rewrite(package + "/controller/lib/davit-controller.jar", "0.2.0", "io/davit/controller/serve/version.txt")
        seal_agent(package)
        names = sorted(name for name in os.listdir(package) if name != "SHA256SUMS")
        write(package + "/SHA256SUMS", sums(package, [("", names)]))
        pack(to + "/next.tar.gz", "-C", package, ".")
    finally:
        shutil.rmtree(work)


main()
