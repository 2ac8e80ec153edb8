//! A case for each vector: the graph that Go's client made, made with this crate.

mod more;

use std::collections::BTreeMap;

use buildkit_llb::exec::{NetworkMode, Proxy, SecretEnv, SecurityMode, Ulimit};
use buildkit_llb::file::Timestamp;
use buildkit_llb::source::{Differ, LayoutReference, ResolveMode};
use buildkit_llb::{
    CacheId, Constraints, CopyFrom, Diff, Exec, File, GitUrl, HttpUrl, Merge, Mkdir, Mkfile, Mount,
    Output, Owner, Platform, Rm, Sharing, Source, at,
};

const IMAGE: &str = "python:3.11-slim";

fn amd64() -> Platform {
    Platform::linux_amd64()
}

fn image(reference: &str, platform: Platform) -> Output {
    Source::image(reference.parse().unwrap())
        .platform(platform)
        .output()
}

fn base() -> Output {
    image(IMAGE, amd64())
}

fn exec() -> Exec {
    Exec::on(base()).platform(amd64())
}

fn no_op() -> Exec {
    exec().args(["true"])
}

fn touch(path: &str) -> Output {
    exec().args(["touch", path]).finish().root()
}

fn context() -> Output {
    Source::local("context")
        .session("s1")
        .shared_key("context")
        .include(["requirements/**"])
        .exclude(["**/.git"])
        .output()
}

fn file(path: &'static str, data: &str) -> Output {
    File::on(&Output::SCRATCH)
        .mkfile(at(path), 0o644, data)
        .output()
}

fn buildkit_git() -> GitUrl {
    "https://github.com/moby/buildkit.git".parse().unwrap()
}

fn url(text: &str) -> HttpUrl {
    text.parse().unwrap()
}

fn layout(text: &str) -> LayoutReference {
    text.parse().unwrap()
}

fn cache(id: &str) -> CacheId {
    CacheId::new(id).unwrap()
}

/// The graph of each vector.
pub(crate) fn cases() -> BTreeMap<&'static str, Output> {
    let mut cases = first_cases();
    cases.extend(more::cases());
    cases
}

#[expect(clippy::too_many_lines, reason = "a table with a case for each vector")]
fn first_cases() -> BTreeMap<&'static str, Output> {
    let owner = || Owner::ids(1000, 1000);
    let time = Timestamp::from_secs(1_700_000_000);
    BTreeMap::from([
        ("image", base()),
        ("image-arm64", image(IMAGE, Platform::linux_arm64())),
        (
            "image-resolve-local",
            Source::image(IMAGE.parse().unwrap())
                .platform(amd64())
                .resolve_mode(ResolveMode::PreferLocal)
                .output(),
        ),
        (
            "platform-variant",
            Merge::of([
                image("alpine:3", "linux/arm/v7".parse().unwrap()),
                image(
                    "alpine:3",
                    amd64().with_os_version("1.2").with_os_feature("f"),
                ),
            ])
            .output(),
        ),
        ("local", context()),
        (
            "local-follow",
            Source::local("dockerfile")
                .session("s1")
                .shared_key("Dockerfile")
                .follow(["Dockerfile", "Dockerfile.dockerignore"])
                .differ_required(Differ::None)
                .output(),
        ),
        (
            "git",
            Source::git(buildkit_git())
                .reference("v0.13.0")
                .keep_git_dir()
                .output(),
        ),
        (
            "git-options",
            Source::git(buildkit_git())
                .reference("v0.13.0")
                .subdir("docs")
                .checksum("0123456789abcdef0123456789abcdef01234567")
                .skip_submodules()
                .auth_token_secret("gh")
                .output(),
        ),
        (
            "git-ssh",
            Source::git("git@github.com:moby/buildkit.git".parse().unwrap())
                .reference("master")
                .known_ssh_hosts("github.com ssh-ed25519 AAAA")
                .output(),
        ),
        (
            "http",
            Source::http(url("https://example.com/model.safetensors"))
                .checksum(
                    &"sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
                        .parse()
                        .unwrap(),
                )
                .filename("model.safetensors")
                .mode(0o644)
                .output(),
        ),
        (
            "http-auth",
            Source::http(url("https://example.com/private.bin"))
                .auth_header_secret("hf-auth")
                .accept("application/json")
                .user_agent("lamina")
                .owner(1000, 1000)
                .output(),
        ),
        (
            "oci-layout",
            Source::oci_layout(layout("example.com/base@sha256:62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a"))
            .store("s1", "store1")
            .layer_limit(3)
            .platform(amd64())
            .output(),
        ),
        (
            "run",
            exec()
                .shell("echo hi")
                .env("PATH", "/usr/local/bin:/usr/bin:/bin")
                .cwd(at("/app"))
                .finish()
                .root(),
        ),
        (
            "run-user",
            exec()
                .args(["id"])
                .env("A", "1")
                .env("B", "two words")
                .user("1000:1000")
                .finish()
                .root(),
        ),
        (
            "run-net-none",
            no_op().network(NetworkMode::None).finish().root(),
        ),
        (
            "run-host-proxy",
            no_op()
                .extra_host("index.local", "127.0.0.1".parse().unwrap())
                .proxy(
                    Proxy::new()
                        .http("http://p:1")
                        .https("http://p:2")
                        .no("localhost"),
                )
                .finish()
                .root(),
        ),
        (
            "run-limits",
            no_op()
                .ulimit(Ulimit::new("nofile", 1024, 2048))
                .cgroup_parent("parent")
                .hostname("box")
                .security(SecurityMode::Insecure)
                .network(NetworkMode::Host)
                .valid_exit_codes([0, 3])
                .finish()
                .root(),
        ),
        (
            "run-cache-mounts",
            exec()
                .shell("apt-get update && apt-get install -y ripgrep")
                // Given in another order than they are written in.
                .mount(at("/var/lib/apt"), Mount::cache(cache("apt-lib"), Sharing::Locked))
                .mount(at("/var/cache/apt"), Mount::cache(cache("apt-cache"), Sharing::Locked))
                .finish()
                .root(),
        ),
        (
            "run-cache-private-from",
            no_op()
                .mount(
                    at("/c"),
                    Mount::cache(cache("seeded"), Sharing::Private)
                        .seed(base())
                        .selector(at("/var/lib")),
                )
                .finish()
                .root(),
        ),
        (
            "run-ro-bind-mount",
            exec()
                .args(["pip", "install", "-r", "/req/cpu-amd64.txt"])
                .mount(
                    at("/req"),
                    Mount::read_only(context()).selector(at("/requirements")),
                )
                .mount(
                    at("/root/.cache/pip"),
                    Mount::cache(cache("pip"), Sharing::Shared),
                )
                .finish()
                .root(),
        ),
        (
            "run-output-mount",
            exec()
                .args(["uv", "pip", "install", "numpy"])
                .mount(at("/opt/venv"), Mount::writable(&Output::SCRATCH))
                .mount(at("/tmp"), Mount::tmpfs())
                .finish()
                .output(at("/opt/venv")),
        ),
        ("run-readonly-root", {
            let run = no_op()
                .read_only_root()
                .mount(at("/x"), Mount::writable(&Output::SCRATCH))
                .mount(at("/y"), Mount::writable(base()).selector(at("/etc")))
                .mount(at("/nout"), Mount::discarded(base()))
                .finish();
            assert_eq!(run.root(), base());
            assert!(run.get(at("/nout")).is_none());
            Merge::of([run.output(at("/x")), run.output(at("/y"))]).output()
        }),
        (
            "run-secret-ssh",
            exec()
                .args(["pip", "install", "x"])
                .mount(at("/root/.netrc"), Mount::secret("netrc"))
                .secret_env_with(SecretEnv::new("hf", "TOKEN").optional())
                .mount(at("/run/ssh.sock"), Mount::ssh("default"))
                .finish()
                .root(),
        ),
        (
            "run-ssh-opt",
            no_op()
                .mount(at("/run/secrets/x"), Mount::secret("x"))
                .mount(at("/s"), Mount::ssh("k").owner(1000, 1000).optional())
                .finish()
                .root(),
        ),
        (
            "run-tmpfs-size-cdi",
            no_op()
                .shm_size(64 << 20)
                .device("nvidia.com/gpu=0")
                .finish()
                .root(),
        ),
        (
            "worker-filter",
            no_op()
                .constraints(
                    &Constraints::new()
                        .platform(amd64())
                        .worker_filter("label.gpu==1"),
                )
                .finish()
                .root(),
        ),
        (
            "mixed-platforms",
            File::on(image(IMAGE, Platform::linux_arm64()))
                .copy(
                    exec()
                        .args([
                            "uv",
                            "pip",
                            "install",
                            "--python-platform",
                            "aarch64-manylinux_2_28",
                            "numpy",
                        ])
                        .mount(at("/opt/venv"), Mount::writable(&Output::SCRATCH))
                        .finish()
                        .output(at("/opt/venv")),
                    at("/"),
                    at("/opt/venv"),
                )
                .output(),
        ),
        (
            "file-mkdir-mkfile",
            File::on(
                File::on(&Output::SCRATCH)
                    .action(
                        Mkdir::new(at("/opt/models"), 0o755)
                            .parents()
                            .owner(owner())
                            .created(time),
                    )
                    .output(),
            )
            .action(Mkfile::new(at("/opt/models/refs"), 0o644, "abc\n").created(time))
            .output(),
        ),
        (
            "file-chain",
            File::on(&Output::SCRATCH)
                .mkdir(at("/a"), 0o700)
                .mkfile(at("/a/b"), 0o600, "1")
                .action(CopyFrom::tree(
                    base(),
                    at("/etc/passwd"),
                    at("/a/passwd"),
                ))
                .output(),
        ),
        (
            "file-copy",
            File::on(base())
                .action(
                    CopyFrom::tree(context(), at("/src/*"), at("/app/src"))
                        .into_directory()
                        .owner(owner())
                        .wildcard()
                        .create_parents()
                        .contents_only()
                        .follow_links(),
                )
                .output(),
        ),
        (
            "file-copy-patterns",
            File::on(&Output::SCRATCH)
                .action(
                    CopyFrom::tree(context(), at("/"), at("/app"))
                        .include(["**/*.py"])
                        .exclude(["**/tests"])
                        .mode(0o755)
                        .contents_only()
                        .create_parents()
                        .replace_existing(),
                )
                .output(),
        ),
        (
            "file-copy-unpack",
            File::on(&Output::SCRATCH)
                .action(
                    CopyFrom::tree(
                        Source::http(url("https://example.com/ctx.tar.gz"))
                            .filename("context")
                            .output(),
                        at("/context"),
                        at("/"),
                    )
                    .unpack()
                    .create_parents(),
                )
                .output(),
        ),
        (
            "file-owner-name",
            File::on(
                File::on(base())
                    .action(Mkdir::new(at("/data"), 0o750).owner(Owner::named("ragex")))
                    .output(),
            )
            .action(
                CopyFrom::tree(context(), at("/a"), at("/data/a"))
                    .owner(Owner::default().user("ragex")),
            )
            .output(),
        ),
        (
            "file-rm-symlink",
            File::on(
                File::on(base())
                    .action(Rm::new(at("/var/log/*")).wildcard().allow_not_found())
                    .output(),
            )
            .symlink(at("/opt/models/link"), "../../blobs/abc")
            .output(),
        ),
        (
            "merge",
            Merge::of([
                base(),
                Diff::between(base(), touch("/a")).output(),
                Diff::between(base(), touch("/b")).output(),
            ])
            .output(),
        ),
        (
            "merge-wide",
            Merge::of([
                base(),
                file("/1", ""),
                Output::SCRATCH,
                file("/2", "2"),
                file("/1", ""),
            ])
            .output(),
        ),
        ("diff", Diff::between(base(), touch("/a")).output()),
        ("diff-scratch", {
            let upper = Diff::between(Output::SCRATCH, touch("/a")).output();
            assert_eq!(upper, touch("/a"));
            let removed = Diff::between(&upper, Output::SCRATCH).output();
            Merge::of([upper, removed]).output()
        }),
    ])
}
