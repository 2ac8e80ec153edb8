//! The graphs of `x-*.json`, which go beyond the first ones.

use std::collections::BTreeMap;

use buildkit_llb::exec::*;
use buildkit_llb::file::*;
use buildkit_llb::metadata::*;
use buildkit_llb::source::*;
use buildkit_llb::*;

use super::{amd64, base, cache, exec, image, no_op, url};

const DIGEST: &str = "sha256:62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a";

fn alpine() -> Output {
    image("alpine:3", amd64())
}

fn on_base() -> File {
    File::on(base())
}

fn on_scratch() -> File {
    File::on(Output::SCRATCH)
}

fn file(path: &'static str, data: &str) -> Output {
    on_scratch().mkfile(at(path), 0o644, data).output()
}

fn x(data: &str) -> Output {
    file("/x", data)
}

fn copy_alpine(change: impl FnOnce(CopyFrom) -> CopyFrom) -> Output {
    let copy = CopyFrom::tree(alpine(), at("/a"), at("/b"));
    on_scratch().action(change(copy)).output()
}

fn git(text: &str) -> GitSource {
    Source::git(text.parse().unwrap())
}

fn a_git() -> GitSource {
    git("https://example.com/a.git")
}

/// 20 mounts out of order of 4 trees.
fn many_mounts() -> Executed {
    let trees: Vec<Output> = (0..4).map(|n| x(&n.to_string())).collect();
    let mounts = (0..20).rev().map(|n| (n, &trees[n % 4]));
    let exec = mounts.fold(no_op(), |exec, (n, tree)| {
        let path = ContainerPath::new(&format!("/m{n}")).unwrap();
        exec.mount(path, Mount::writable(tree))
    });
    exec.finish()
}

pub(super) fn cases() -> BTreeMap<&'static str, Output> {
    [sources(), execs(), exec_mounts(), copies(), files()]
        .into_iter()
        .flatten()
        .collect()
}

#[expect(clippy::too_many_lines, reason = "a table with a case for each vector")]
fn sources() -> BTreeMap<&'static str, Output> {
    let digest: Digest = DIGEST.parse().unwrap();
    let blob: BlobReference = format!("models@{DIGEST}").parse().unwrap();
    let layout = |text: &str| {
        let reference: LayoutReference = text.parse().unwrap();
        Source::oci_layout(reference).platform(amd64())
    };
    let hosts = |host: &str| format!("{host}\n");
    let build = |tree: &Output| Build::of(tree);
    let definition = file("/d/x", "x");
    let sha512 = "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
    BTreeMap::from([
        (
            "x-blob-image",
            Source::image_blob(&blob)
                .filename("w.bin")
                .mode(0o644)
                .owner(1, 2)
                .output(),
        ),
        (
            "x-build-filename",
            build(&definition)
                .filename(at("/d/x"))
                .platform(amd64())
                .output(),
        ),
        (
            "x-build-platform",
            build(&definition)
                .platform(Platform::linux_arm64())
                .output(),
        ),
        (
            "x-git-all",
            git("https://example.com/a/b.git")
                .reference("refs/heads/x")
                .subdir("a/b")
                .keep_git_dir()
                .auth_header_secret("h")
                .auth_token_secret("t")
                .checksum("0123456")
                .skip_submodules()
                .commit_times()
                .output(),
        ),
        (
            "x-git-default-header",
            a_git().auth_header_secret("GIT_AUTH_HEADER").output(),
        ),
        (
            "x-git-escaped",
            git("https://example.com/a%20b/c%2Fd.git").output(),
        ),
        ("x-git-fragment", a_git().fragment("v1:dir").output()),
        (
            "x-git-hosts-newlines",
            git("git@example.com:a.git")
                .known_ssh_hosts("x y z\n\n")
                .output(),
        ),
        (
            "x-git-https-ssh-options",
            a_git().known_ssh_hosts("x").ssh_agent("k").output(),
        ),
        ("x-git-mtime-checkout", a_git().checkout_times().output()),
        (
            "x-git-no-auth",
            a_git()
                .auth_header_secret("")
                .auth_token_secret("")
                .output(),
        ),
        (
            "x-git-scp-path",
            git("git@example.com:/a/../b.git")
                .known_ssh_hosts("x")
                .output(),
        ),
        (
            "x-git-ssh-all",
            git("ssh://git@example.com:2222/a/b.git")
                .reference("refs/heads/x")
                .subdir("a/b")
                .keep_git_dir()
                .auth_header_secret("h")
                .auth_token_secret("t")
                .known_ssh_hosts(&hosts("x y z"))
                .known_ssh_hosts("u v w")
                .ssh_agent("k")
                .checksum("0123456")
                .skip_submodules()
                .commit_times()
                .output(),
        ),
        // Go drops the fragment; here an address with one is an error.
        ("x-git-url-fragment", a_git().output()),
        (
            "x-git-userinfo",
            git("HTTPS://u:p@Example.com/a.git").output(),
        ),
        (
            "x-http-all",
            Source::http(url("https://example.com/a?b=c&d"))
                .checksum(&digest)
                .filename("f n")
                .mode(0o755)
                .owner(5, 6)
                .auth_header_secret("s")
                .accept("x/y")
                .user_agent("ua")
                .signature("K\n", "S\n")
                .output(),
        ),
        (
            "x-image-all",
            Source::image(format!("ghcr.io/a/b:c@{DIGEST}").parse().unwrap())
                .platform(amd64())
                .resolve_mode(ResolveMode::Pull)
                .internal()
                .layer_limit(0)
                .checksum(&digest)
                .output(),
        ),
        ("x-image-port", image("localhost:5000/a/b", amd64())),
        ("x-image-sha512", image(&format!("a/b@{sha512}"), amd64())),
        (
            "x-local-all",
            Source::local("ctx")
                .session("s")
                .include(["a", "b/**"])
                .exclude(["c"])
                .follow(["d"])
                .shared_key("k")
                .differ_required(Differ::Metadata)
                .metadata_only(["e"])
                .output(),
        ),
        (
            "x-local-unique",
            Source::local("ctx").unique("uid").output(),
        ),
        (
            "x-local-unique-empty",
            Source::local("ctx").unique("").output(),
        ),
        (
            "x-oci-all",
            layout(&format!("example.com/base:1@{DIGEST}"))
                .store("s", "st")
                .layer_limit(0)
                .output(),
        ),
        (
            "x-oci-short",
            layout(&format!("base@{DIGEST}")).store("s", "st").output(),
        ),
        (
            "x-oci-tag",
            layout("example.com/base").store("", "st").output(),
        ),
        (
            "x-platform-arm-bare",
            image("a", Platform::raw("linux", "arm", "")),
        ),
        ("x-platform-riscv", image("a", "riscv64".parse().unwrap())),
    ])
}

#[expect(clippy::too_many_lines, reason = "a table with a case for each vector")]
fn execs() -> BTreeMap<&'static str, Output> {
    let run = |exec: Exec| exec.finish().root();
    let graph = Constraints::new().platform(amd64()).worker_filter("g");
    let windows = || Platform::new("windows", "amd64");
    let secret_env = |id: &str, variable: &str, optional| {
        let secret = SecretEnv::new(id, variable);
        if optional { secret.optional() } else { secret }
    };
    let many = || {
        let exec = (0..12).fold(exec().args(["true"]), |exec, n| {
            exec.env(format!("V{n}"), n.to_string())
        });
        exec.env("V3", "again").env("EMPTY", "").env("V0", "a=b\nc")
    };
    BTreeMap::from([
        (
            "x-exec-cdi",
            run(no_op().device("a.com/b=1").optional_device("a.com/b=2")),
        ),
        ("x-exec-dir-dots", run(no_op().cwd(raw("/app/../b")))),
        (
            "x-exec-dir-relative",
            run(no_op().cwd(at("/app").join("x").unwrap())),
        ),
        ("x-exec-dir-slash", run(no_op().cwd(raw("/app/")))),
        ("x-exec-dir-windows", {
            let root = image("mcr.microsoft.com/windows/nanoserver:ltsc2022", windows());
            let exec = Exec::on(root).platform(windows()).args(["true"]);
            run(exec.cwd(raw("/\\app")))
        }),
        ("x-exec-env-many", run(many())),
        (
            "x-exec-env-run-option",
            run(no_op().env("A", "1").env("B", "2").env("A", "3")),
        ),
        (
            "x-exec-exit-codes",
            run(no_op().valid_exit_codes([0, 1, 127, 255, -1])),
        ),
        ("x-exec-filters", {
            let root = Source::image("python:3.11-slim".parse().unwrap());
            let root = root.constraints(&graph).output();
            let exec = Exec::on(root).args(["true"]).worker_filter("a==b");
            run(exec.constraints(&graph).worker_filter("c"))
        }),
        (
            "x-exec-host-mapped",
            run(no_op().extra_host("m", "::ffff:1.2.3.4".parse().unwrap())),
        ),
        (
            "x-exec-hosts",
            run(no_op()
                .extra_host("a", "1.2.3.4".parse().unwrap())
                .extra_host("b", "2001:db8::1".parse().unwrap())
                .extra_host("a", "::1".parse().unwrap())),
        ),
        (
            "x-exec-new-daemon-path",
            run(no_op().require(Cap::EXEC_DEFAULT_PATH)),
        ),
        ("x-exec-of-outputs", {
            let first = many_mounts();
            let exec = Exec::on(first.output("/m7")).platform(amd64());
            let exec = exec.args(["true"]);
            run(exec.mount(at("/r"), Mount::read_only(first.root())))
        }),
        ("x-exec-platform-inherited", {
            let root = image("alpine:3", Platform::linux_arm64());
            let platform = root.platform().unwrap();
            run(Exec::on(root).platform(platform).args(["true"]))
        }),
        ("x-exec-platform-raw", {
            let platform = Platform::raw("linux", "arm64", "v8");
            let root = image("alpine:3", platform.clone());
            run(Exec::on(root).platform(platform).args(["true"]))
        }),
        (
            "x-exec-proxy-all",
            run(no_op().proxy(Proxy::new().http("h").https("s").ftp("f").no("n").all("a"))),
        ),
        (
            "x-exec-scratch-root",
            run(Exec::on(Output::SCRATCH).platform(amd64()).args(["true"])),
        ),
        (
            "x-exec-secret-mode",
            run(no_op().mount(at("/s"), Mount::secret("/s").mode(0o4440))),
        ),
        (
            "x-exec-secrets",
            run(no_op()
                .mount(
                    at("/run/secrets/a"),
                    Mount::secret("a").owner(1000, 1001).mode(0o440),
                )
                .secret_env("B", "b")
                .mount(at("/run/secrets/c"), Mount::secret("c").optional())
                .secret_env_with(secret_env("c", "C", true))
                .secret_env("D", "D")),
        ),
        (
            "x-exec-security",
            run(no_op()
                .security(SecurityMode::Insecure)
                .network(NetworkMode::Host)
                .cgroup_parent("/p/q")
                .hostname("h")
                .user("app:staff")),
        ),
        (
            "x-exec-shlex",
            run(exec().args(["sh", "-c", "echo 'a  b' \"c\""])),
        ),
        (
            "x-exec-ssh-env-order",
            run(no_op().env("Z", "1").env("A", "2").ssh(Mount::ssh("d"))),
        ),
        (
            "x-exec-ssh-env-set",
            run(no_op()
                .env("SSH_AUTH_SOCK", "/x")
                .env("Z", "1")
                .mount(at("/y"), Mount::ssh("d"))),
        ),
        (
            "x-exec-ssh-multi",
            run(no_op()
                .ssh(Mount::ssh("default"))
                .mount(at("/k.sock"), Mount::ssh("k").owner(1000, 1000).mode(0o660))
                .ssh(Mount::ssh("o").optional())),
        ),
        ("x-exec-ssh-no-id", run(no_op().ssh(Mount::ssh("")))),
        (
            "x-exec-ulimits",
            run(no_op()
                .ulimit(Ulimit::new("nofile", 1, 2))
                .ulimit(Ulimit::new("core", -1, -1))
                .ulimit(Ulimit::new("nofile", 3, 4))),
        ),
        ("x-meta-locations", {
            let stub = || SourceFile::new("Dockerfile", "Dockerfile", "FROM alpine\nRUN true\n");
            let (one, two) = (stub(), stub());
            let root = Source::image("alpine:3".parse().unwrap()).platform(amd64());
            let root = root.location(one.lines(1, 1)).output();
            let exec = Exec::on(root).platform(amd64()).args(["true"]);
            let exec = exec.location(two.lines(2, 2)).location(two.lines(2, 2));
            File::on(run(exec)).mkfile(at("/x"), 0o644, "").output()
        }),
    ])
}

fn exec_mounts() -> BTreeMap<&'static str, Output> {
    let run = |exec: Exec| exec.finish().root();
    let read_only = || Mount::read_only(alpine());
    BTreeMap::from([
        (
            "x-exec-cache-contentcache",
            run(no_op().mount(
                at("/c"),
                Mount::cache(cache("c"), Sharing::Shared).content_cache(ContentCache::Off),
            )),
        ),
        ("x-exec-cache-dockerfile", {
            let seed = on_scratch()
                .action(Mkdir::new(at("/cache"), 0o755).owner(Owner::ids(1000, 1000)))
                .output();
            let mount = Mount::cache(cache("//root/.cache/go-build"), Sharing::Shared)
                .seed(seed)
                .selector(at("/cache"));
            run(no_op().mount(at("/root/.cache/go-build"), mount))
        }),
        (
            "x-exec-cache-from-state",
            run(no_op().mount(
                at("/c"),
                Mount::cache(cache("seeded"), Sharing::Locked)
                    .seed(alpine())
                    .selector(at("/etc"))
                    .read_only(),
            )),
        ),
        ("x-exec-many-mounts", many_mounts().output("/m7")),
        (
            "x-exec-mount-over-root",
            run(no_op().mount(raw("/"), read_only())),
        ),
        (
            "x-exec-mount-relative",
            run(no_op().mount(raw("mnt"), Mount::writable(alpine()))),
        ),
        (
            "x-exec-mount-slash",
            run(no_op().mount(raw("/mnt/"), Mount::writable(alpine()))),
        ),
        (
            "x-exec-mount-twice",
            run(no_op()
                .mount(raw("/a"), read_only())
                .mount(raw("/a"), Mount::read_only(x("1")))),
        ),
        ("x-exec-outputs", {
            let run = no_op()
                .read_only_root()
                .mount(at("/ro"), read_only())
                .mount(at("/no"), Mount::discarded(alpine()))
                .mount(at("/out"), Mount::writable(Output::SCRATCH))
                .mount(at("/aaa"), Mount::writable(alpine()).selector(at("/etc")))
                .finish();
            Merge::of([run.output("/out"), run.output("/aaa"), run.output("/ro")]).output()
        }),
        (
            "x-exec-selector-relative",
            run(no_op().mount(at("/mnt"), read_only().selector(raw("etc/apk")))),
        ),
        (
            "x-exec-tmpfs-sizes",
            run(no_op()
                .mount(at("/t0"), Mount::tmpfs())
                .mount(at("/t1"), Mount::tmpfs().size(5 << 30))),
        ),
        ("x-file-on-output", {
            let run = no_op().mount(at("/o"), Mount::writable(Output::SCRATCH));
            let out = run.finish().output("/o");
            File::on(out).mkfile(at("/z"), 0o644, "z").output()
        }),
        ("x-diff-outputs", {
            let run = no_op()
                .mount(at("/a"), Mount::writable(Output::SCRATCH))
                .mount(at("/b"), Mount::writable(Output::SCRATCH))
                .finish();
            Diff::between(run.output("/a"), run.output("/b")).output()
        }),
    ])
}

fn copies() -> BTreeMap<&'static str, Output> {
    let other = |base: Output| {
        File::on(base)
            .mkdir(at("/e"), 0o755)
            .mkfile(at("/e/f"), 0o600, "x")
    };
    let owned = |base: Output, owner: &str| {
        let copy = CopyFrom::tree(alpine(), at("/a"), at("/a"));
        File::on(base)
            .action(copy.owner(owner.parse().unwrap()))
            .output()
    };
    let time = Timestamp::from_nanos(1_700_000_000_123_456_789);
    BTreeMap::from([
        ("x-copy-chain-nested", {
            let inner = other(alpine());
            let middle = on_scratch().action(CopyFrom::chain(&inner, at("/e"), at("/n")));
            let user = Owner::default().user("u");
            let copy = CopyFrom::chain(&middle, at("/n"), at("/m")).owner(user);
            on_base().action(copy).output()
        }),
        ("x-copy-chain-twice", {
            let chain = other(alpine());
            on_base()
                .mkdir(at("/d"), 0o755)
                .action(CopyFrom::chain(&chain, at("/e"), at("/d/1")))
                .action(CopyFrom::chain(&chain, at("/e/f"), at("/d/2")))
                .output()
        }),
        ("x-copy-chown-name", owned(base(), "app:50")),
        (
            "x-copy-chown-name-scratch",
            owned(Output::SCRATCH, "app:grp"),
        ),
        ("x-copy-chown-user", owned(base(), "1000")),
        (
            "x-copy-dest-slash",
            on_scratch()
                .action(CopyFrom::tree(alpine(), at("/a"), at("/app")).into_directory())
                .output(),
        ),
        (
            "x-copy-dest-slash-dot",
            on_scratch()
                .action(CopyFrom::tree(alpine(), at("/a"), raw("/app/.")))
                .output(),
        ),
        ("x-copy-dir", {
            let (to, from) = (at("/d1").join("t").unwrap(), at("/d2").join("s").unwrap());
            on_base()
                .action(CopyFrom::tree(alpine(), from, to))
                .output()
        }),
        ("x-copy-everything", {
            let copy = CopyFrom::tree(alpine(), at("/src/*"), at("/dst"))
                .into_directory()
                .owner(Owner::ids(1000, 1001))
                .mode(0o640)
                .created(time)
                .follow_links()
                .contents_only()
                .unpack()
                .create_parents()
                .optional_wildcard()
                .include(["*.a", "b/**"])
                .exclude(["c", "!c/d"])
                .required(["r"])
                .replace_existing();
            on_base().action(copy).output()
        }),
        (
            "x-copy-itself",
            on_base()
                .action(CopyFrom::tree(base(), at("/etc"), at("/etc2")))
                .output(),
        ),
        ("x-copy-mode-setuid", copy_alpine(|copy| copy.mode(0o4755))),
        (
            "x-copy-mode-text",
            copy_alpine(|copy| copy.symbolic_mode("u+x,go-w")),
        ),
        ("x-copy-mode-zero", copy_alpine(|copy| copy.mode(0))),
        ("x-copy-own-chain", {
            let early = on_scratch().mkfile(at("/a"), 0o644, "1");
            let copy = CopyFrom::chain(&early, at("/a"), at("/b"));
            early.rm(at("/a")).action(copy).output()
        }),
        (
            "x-copy-scratch",
            on_base()
                .action(CopyFrom::tree(Output::SCRATCH, at("/"), at("/x")))
                .output(),
        ),
        (
            "x-copy-scratch-scratch",
            on_scratch()
                .action(CopyFrom::tree(Output::SCRATCH, at("/"), at("/x")))
                .output(),
        ),
        (
            "x-copy-src-dots",
            on_scratch()
                .action(CopyFrom::tree(alpine(), at("/a/./b/../c"), at("/y")))
                .output(),
        ),
        (
            "x-copy-src-slash",
            on_scratch()
                .action(CopyFrom::tree(alpine(), at("/a/"), at("/b")))
                .output(),
        ),
        ("x-copy-three-sources", {
            let from = |name: &str| image(name, amd64());
            let copy = |name: &'static str, dest| CopyFrom::tree(from(name), at("/"), dest);
            on_scratch()
                .action(copy("a", at("/a")))
                .action(copy("b", at("/b")))
                .action(copy("c", at("/c")))
                .output()
        }),
        (
            "x-copy-two-sources",
            on_base()
                .action(CopyFrom::tree(file("/1", "1"), at("/1"), at("/1")))
                .action(CopyFrom::tree(file("/2", "2"), at("/2"), at("/2")))
                .output(),
        ),
    ])
}

fn files() -> BTreeMap<&'static str, Output> {
    let owner = || Owner::ids(1000, 1001);
    let time = Timestamp::from_nanos(1_700_000_000_123_456_789);
    BTreeMap::from([
        ("x-diff-same", Diff::between(base(), base()).output()),
        (
            "x-diff-upper-scratch",
            Diff::between(base(), Output::SCRATCH).output(),
        ),
        (
            "x-file-filters",
            on_scratch()
                .mkdir(at("/x"), 0o755)
                .constraints(&Constraints::new().platform(amd64()))
                .worker_filter("f")
                .output(),
        ),
        ("x-file-long", {
            let q = file("/q", "q");
            on_base()
                .mkdir(at("/1"), 0o755)
                .mkfile(at("/1/a"), 0o644, "a")
                .symlink(at("/1/b"), "a")
                .rm(at("/1/a"))
                .action(CopyFrom::tree(alpine(), at("/etc"), at("/1/etc")))
                .action(Mkdir::new(at("/2/3"), 0o700).parents().owner(owner()))
                .action(Mkfile::new(at("/2/3/x"), 0o600, "y").owner("u:g".parse().unwrap()))
                .action(CopyFrom::tree(q, at("/q"), at("/2/q")))
                .action(Rm::new(at("/2/*")).wildcard())
                .symlink(at("/y"), "/x")
                .output()
        }),
        ("x-merge-nested", {
            let touched = exec().args(["touch", "/a"]).finish().root();
            let inner = Diff::between(base(), touched).output();
            let merged = Merge::of([alpine(), inner]).output();
            let outer = Diff::between(alpine(), merged).output();
            Merge::of([alpine(), outer]).output()
        }),
        (
            "x-mkdir-mode",
            on_base()
                .action(
                    Mkdir::new(at("/tmp/x"), 0o1777)
                        .parents()
                        .owner("app".parse().unwrap())
                        .created(time),
                )
                .output(),
        ),
        (
            "x-mkfile-binary",
            on_scratch()
                .mkfile(at("/e"), 0o755, b"\x00\xff\xfe\x0a\x0d")
                .output(),
        ),
        (
            "x-mkfile-relative",
            on_scratch()
                .mkfile(at("/w").join("b").unwrap(), 0o644, "")
                .output(),
        ),
        (
            "x-mkfile-time-zero",
            on_scratch()
                .action(Mkfile::new(at("/e"), 0o644, "").created(Timestamp::from_secs(0)))
                .output(),
        ),
        (
            "x-rm-options",
            on_base()
                .rm(at("/a"))
                .action(Rm::new(at("/b/*")).wildcard())
                .action(Rm::new(at("/c")).allow_not_found())
                .output(),
        ),
        (
            "x-symlink-full",
            on_base()
                .action(Symlink::new(at("/l"), "../t").owner(owner()).created(time))
                .output(),
        ),
        (
            "x-symlink-relative",
            on_scratch().symlink(raw("l"), "t").output(),
        ),
    ])
}
