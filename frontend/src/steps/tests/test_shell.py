import os
import stat
import unittest

import support  # first: it finds the scripts


class Facts(support.TestCase):
    def setUp(self):
        super().setUp()
        for path in ("base/etc", "builder", "out"):
            (self.root / path).mkdir(parents=True)

    def facts(self):
        places = {f"LAMINA_{name.upper()}": str(self.root / name) for name in ("base", "builder", "out")}
        done = self.shell("facts.sh", **places)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return {path.name: path.read_text() for path in (self.root / "out").iterdir()}

    def test_an_empty_base(self):
        self.assertEqual(
            self.facts(),
            {
                "distribution": "id=\nrelease=\n",
                "directories": "root=etc\n",
                "python": "libc=\n",
                "python-versions": "",
                "builder-python": "",
                "passwd": "",
                "group": "",
            },
        )

    def test_distributions(self):
        for text, expected in (
            ('ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n', "id=debian\nrelease=bookworm\n"),
            ("ID='alpine'\nVERSION_ID=3.20.1", "id=alpine\nrelease=3.20.1\n"),
            ("# comment\n\nNAME=\"x=y\"\nID=x\n", "id=x\nrelease=\n"),
        ):
            self.write("base/etc/os-release", text)
            self.assertEqual(self.facts()["distribution"], expected)

    def test_c_libraries(self):
        self.write("base/lib/ld-musl-x86_64.so.1")
        self.assertEqual(self.facts()["python"], "libc=musl-1.2\n")
        library = b"\0GNU C Library (Debian GLIBC 2.36-9+deb12u4) stable release version 2.36.\n\0"
        self.write("base/lib/x86_64-linux-gnu/libc.so.6", library)
        self.assertEqual(self.facts()["python"], "libc=glibc-2.36\n")

    def test_directories(self):
        self.link("base/.link", "/nowhere")
        self.write("base/..odd")
        self.assertEqual(self.facts()["directories"], "root=etc\nroot=.link\nroot=..odd\n")
        opt = self.root / "base/opt"
        opt.mkdir(mode=0o751)
        opt.chmod(0o751)
        owner = opt.stat()
        self.assertIn(f"opt=751 {owner.st_uid} {owner.st_gid}\n", self.facts()["directories"])
        opt.rmdir()
        self.link("base/opt", "usr/opt")
        self.assertIn("opt=link\n", self.facts()["directories"])

    def test_accounts(self):
        self.write("base/etc/passwd", "root:x:0:0:root:/root:/bin/bash\napp:x:7:8::/srv:/bin/sh\n")
        self.write("base/etc/group", "root:x:0:\nwheel:x:10:app\n")
        facts = self.facts()
        self.assertEqual(facts["passwd"], "root:0:0:/root\napp:7:8:/srv\n")
        self.assertEqual(facts["group"], "root:0\nwheel:10\n")

    def test_interpreters_in_the_order_of_the_path(self):
        for path in ("usr/bin/python3.11", "usr/local/bin/python3.11", "usr/local/bin/python3.9", "usr/bin/python3"):
            self.write(f"base/{path}")
        self.link("base/usr/bin/python3.12", "/opt/other/python3.12")
        self.assertEqual(
            self.facts()["python"],
            "libc=\npython=/usr/local/bin/python3.9\npython=/usr/local/bin/python3.11\n"
            "python=/usr/bin/python3.11\npython=/usr/bin/python3.12\n",
        )

    def test_interpreters_that_the_builder_has_too(self):
        for path in ("usr/bin/python3.11", "usr/bin/python3.12", "usr/local/bin/python3.9"):
            self.write(f"base/{path}")
        self.write("builder/usr/bin/python3.11")
        self.write("builder/usr/bin/python3.12")
        self.write("builder/usr/bin/python3.13")
        (self.root / "builder/usr/bin/python3.11").chmod(0o755)
        self.assertEqual(self.facts()["builder-python"], "python=/usr/bin/python3.11\n")

    def version(self):
        return self.facts()["python-versions"]

    def test_versions_are_in_the_headers(self):
        self.write("base/usr/local/bin/python3.11", b"ELF\x003.11.2\0")
        header = '#define PY_MAJOR_VERSION 3\n#define PY_VERSION      \t"3.11.14"\n#define PY_VERSION_HEX 1\n'
        self.write("base/usr/local/include/python3.11/patchlevel.h", header)
        self.assertEqual(self.version(), "/usr/local/bin/python3.11=3.11.14\n")

    def test_versions_are_in_libraries(self):
        self.write("base/usr/local/bin/python3.13", b"ELF")
        self.write("base/usr/local/lib/libpython3.13.so.1.0", b"\x003.13.0rc2\x00python3.13.9\x003.13.\x00")
        self.assertEqual(self.version(), "/usr/local/bin/python3.13=3.13.0rc2\n")

    def test_versions_are_in_programs(self):
        self.write("base/usr/bin/python3.9", b"\x7fELF\x003.10.1\x00x3.9.1\x003x9.1\x003.9.2\x00\xff\x003.9.2\x00")
        self.link("base/usr/local/bin/python3.9", "/usr/bin/python3.9")
        self.assertEqual(self.version(), "/usr/local/bin/python3.9=3.9.2\n/usr/bin/python3.9=3.9.2\n")

    def test_unclear_versions_are_left_out(self):
        self.write("base/usr/bin/python3.9", b"\x003.9.2\x003.9.3\x00")
        self.write("base/usr/bin/python3.8", b"no version")
        self.link("base/usr/bin/python3.7", "missing")
        self.assertEqual(self.version(), "")


class Accounts(support.TestCase):
    def accounts(self, name="app", uid="1000", home="/home/app"):
        (self.root / "base/etc").mkdir(parents=True, exist_ok=True)
        environment = {"LAMINA_BASE": str(self.root / "base"), "LAMINA_OUT": str(self.root / "out")}
        done = self.shell("accounts.sh", name, uid, home, **environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return {path.name: path.read_text() for path in (self.root / "out/etc").iterdir()}

    def test_a_base_without_accounts(self):
        self.assertEqual(
            self.accounts(), {"passwd": "app:x:1000:1000::/home/app:/bin/sh\n", "group": "app:x:1000:\n"}
        )

    def test_accounts_are_added_to_those_of_the_base(self):
        self.write("base/bin/bash")
        self.write("base/etc/passwd", "root:x:0:0:root:/root:/bin/bash")
        self.write("base/etc/group", "root:x:0:\n")
        self.write("base/etc/shadow", "root:*:1::::::\n", 0o640)
        self.write("base/etc/gshadow", "")
        for name in ("passwd", "shadow"):
            os.utime(self.root / f"base/etc/{name}", (3, 3))
        files = self.accounts()
        self.assertEqual(
            files,
            {
                "passwd": "root:x:0:0:root:/root:/bin/bash\napp:x:1000:1000::/home/app:/bin/bash\n",
                "group": "root:x:0:\napp:x:1000:\n",
                "shadow": "root:*:1::::::\napp:!:::::::\n",
                "gshadow": "app:!::\n",
            },
        )
        shadow = (self.root / "out/etc/shadow").stat()
        self.assertEqual((stat.S_IMODE(shadow.st_mode), shadow.st_mtime), (0o640, 3))
        self.assertEqual((self.root / "out/etc/passwd").stat().st_mtime, 3)


class FilesOnly(support.TestCase):
    def setUp(self):
        super().setUp()
        for path in ("image", "files/0"):
            (self.root / path).mkdir(parents=True)

    def check(self, *destinations):
        environment = {"LAMINA_FILES": str(self.root / "files"), "LAMINA_IMAGE": str(self.root / "image")}
        return self.shell("files_only.sh", *destinations, **environment)

    def test_files_and_new_directories_pass(self):
        self.write("files/0/file")
        self.write("files/0/flat/file")
        self.write("files/0/.hidden/file")
        self.write("files/1/deep/inner/file")
        self.write("image/srv/x")
        done = self.check("/srv", "/new/place")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_links_to_directories_are_no_directories(self):
        self.write("files/0/flat/file")
        self.link("files/0/flat/link", "/")
        self.write("image/srv/x")
        self.assertEqual(self.check("/srv").returncode, 0)

    def test_directories_in_directories_over_those_of_the_image(self):
        for hidden in ("deep", ".deep", "..deep"):
            source = self.write(f"files/0/{hidden}/inner/file")
            self.write("image/srv/x")
            done = self.check("/srv")
            self.assertEqual(done.returncode, 1, hidden)
            self.assertIn(f"failed to place {hidden} at /srv: the image already has /srv", done.stderr)
            source.unlink()
            (self.root / f"files/0/{hidden}/inner").rmdir()

    def test_links_on_the_way_may_lead_anywhere(self):
        self.write("files/0/deep/inner/file")
        self.link("image/srv", "/missing")
        self.assertEqual(self.check("/srv/a/b").returncode, 1)


APT_GET = """#!/bin/sh
printf '%s\\n' "$*" >>"$LOG"
env | grep -E '^(SSL_CERT_FILE|DEBIAN_FRONTEND)=' >>"$LOG"
exit "${STATUS:-0}"
"""


class Apt(support.TestCase):
    def setUp(self):
        super().setUp()
        for path in ("run/lamina", "var/log/apt", "bin"):
            (self.root / path).mkdir(parents=True)
        for program in ("cat", "rm", "env", "grep", "sh"):
            found = next(f"{place}/{program}" for place in ("/usr/bin", "/bin") if os.path.exists(f"{place}/{program}"))
            self.link(f"bin/{program}", found)

    def apt(self, *packages, apt_get=True, status="0"):
        if apt_get:
            self.write("bin/apt-get", APT_GET, 0o755)
        log = self.root / "log"
        environment = {"PATH": str(self.root / "bin"), "LAMINA_ROOT": str(self.root)}
        done = self.shell("apt.sh", *packages, LOG=str(log), STATUS=status, **environment)
        return done, log.read_text().splitlines() if log.exists() else []

    def test_packages_are_installed(self):
        for path in ("var/log/dpkg.log", "var/log/apt/history.log", "var/log/apt/eipp.log.xz", "var/log/apt/other"):
            self.write(path)
        done, log = self.apt("git", "libgomp1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(
            log,
            [
                "-c /lamina/in/apt.conf -q update",
                "DEBIAN_FRONTEND=noninteractive",
                "-c /lamina/in/apt.conf -q install -y --no-install-recommends git libgomp1",
                "DEBIAN_FRONTEND=noninteractive",
            ],
        )
        self.assertEqual([path.name for path in (self.root / "var/log").rglob("*")], ["apt", "other"])

    def test_downloads_of_dockers_images_are_kept(self):
        self.write("etc/apt/apt.conf.d/docker-clean")
        self.assertIn("-c /lamina/in/apt-no-clean.conf -q update", self.apt("git")[1])

    def test_certificates_of_the_secret_are_trusted(self):
        self.write("run/secrets/ca-certificates", "secret")
        bundle = self.root / "run/lamina/ca.pem"
        log = self.apt("git")[1]
        self.assertEqual(log[0], f"-c /lamina/in/apt.conf -o Acquire::https::CAInfo={bundle} -q update")
        self.assertIn(f"SSL_CERT_FILE={bundle}", log)
        self.assertEqual(bundle.read_text(), "\nsecret")
        self.write("etc/ssl/certs/ca-certificates.crt", "public")
        self.apt("git")
        self.assertEqual(bundle.read_text(), "public\nsecret")

    def test_a_failed_installation_fails_the_step(self):
        done, log = self.apt("git", status="100")
        self.assertEqual((done.returncode, len(log)), (100, 2))

    def test_a_base_without_apt(self):
        done, _ = self.apt("git", apt_get=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the base image has no apt-get", done.stderr)


if __name__ == "__main__":
    unittest.main()
