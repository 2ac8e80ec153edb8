//! Whole definitions of BuildKit's Go client (main branch of August 2026), made by
//! this crate byte for byte: operations, order, metadata, capabilities, source map.
//!
//! Each test is the graph of the file of its name in `tests/definitions/`, which Go
//! made for `linux/amd64` with the local id `unique`, with maps in the order of their
//! keys. Go's calls are in the comments.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use buildkit_llb::exec::{ContentCache, NetworkMode, Proxy, SecurityMode, Ulimit};
use buildkit_llb::file::Timestamp;
use buildkit_llb::metadata::{Location, Position, ProgressGroup, Range, Resources};
use buildkit_llb::source::{BlobReference, Differ, GitBundle, ImageSource, ResolveMode};
use buildkit_llb::{
    Build, CacheId, Constraints, CopyFrom, Definition, Diff, Digest, Exec, File, Merge, Mkdir,
    Mkfile, Mount, Output, Owner, Passthrough, Platform, Rm, Sharing, Source, SourceFile, Symlink,
    at, canonical, pb, raw,
};

/// The definition that Go made.
fn go(name: &str) -> Vec<u8> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions");
    std::fs::read(directory.join(format!("{name}.llb"))).unwrap()
}

#[track_caller]
fn same(name: &str, output: &Output) {
    let (ours, go) = (Definition::new(output), go(name));
    let read = Definition::from_bytes(&go).unwrap();
    assert_eq!(ours.dump(), read.dump());
    assert_eq!(ours.to_pb().metadata, read.to_pb().metadata);
    assert_eq!(ours.to_pb(), read.to_pb());
    assert_eq!(ours.to_bytes(), go);
    assert_eq!(read.to_bytes(), go);
}

/// As [`same`], for file operations, which declare more capabilities here: see the
/// deliberate differences in COVERAGE.md.
#[track_caller]
fn same_but_file_caps(name: &str, output: &Output) {
    let (mut ours, go) = (Definition::new(output).to_pb(), go(name));
    for metadata in ours.metadata.values_mut() {
        metadata
            .caps
            .retain(|cap, _| !cap.starts_with("file.") || cap == "file.base");
    }
    let read = Definition::from_bytes(&go).unwrap();
    assert_eq!(ours, read.to_pb());
    assert_eq!(canonical::definition(&ours), go);
}

fn amd64() -> Platform {
    Platform::linux_amd64()
}

fn alpine() -> ImageSource {
    Source::image("alpine:3".parse().unwrap()).platform(amd64())
}

fn exec(root: impl Into<Output>, args: &[&str]) -> Exec {
    Exec::on(root).args(args.iter().copied()).platform(amd64())
}

fn stub(name: &str) -> SourceFile {
    SourceFile::new(name, "TOML", "a\nb\nc\n")
}

fn digest() -> Digest {
    Digest::of(b"x")
}

#[test]
fn metadata_of_equal_operations() {
    let (a, b, again) = (stub("a"), stub("b"), stub("a"));
    let one = alpine()
        .name("one")
        .progress_group(ProgressGroup::new("g1", "first"))
        .export_cache(true)
        .location(a.lines(1, 1));
    let two = alpine()
        .name("two")
        .progress_group(ProgressGroup::new("g2", "second").weak())
        .export_cache(false)
        .location(b.lines(2, 2))
        .description("k", "v");
    let three = alpine()
        .ignore_cache()
        .location(again.lines(3, 3))
        .location(a.lines(1, 1));
    let run = exec(one.output(), &["true"])
        .mount(at("/b"), Mount::read_only(two.output()))
        .mount(at("/a"), Mount::read_only(three.output()))
        .name("run");
    same("merged-metadata", &run.finish().root());
}

#[test]
fn order_of_copies() {
    let file = stub("files");
    let source = |name: &str, line| {
        let path = raw(format!("/{name}"));
        File::on(Output::SCRATCH)
            .mkfile(path, 0o644, name)
            .location(file.lines(line, line))
            .output()
    };
    let base = alpine().location(file.lines(1, 1)).output();
    // llb.Mkdir("/m").Copy(4, "/4", "/m/").WithState(3)
    let chain = File::on(source("3", 3))
        .mkdir(at("/m"), 0o700)
        .action(CopyFrom::tree(source("4", 3), at("/4"), at("/m")).into_directory());
    let copies = File::on(base)
        .action(CopyFrom::tree(source("1", 1), at("/1"), at("/x1")))
        .copy(source("2", 2), at("/2"), at("/x2"))
        .action(CopyFrom::chain(&chain, at("/m"), at("/x3")))
        .action(Rm::new(at("/x1")).allow_not_found())
        .name("copies")
        .location(file.lines(2, 3));
    same("copy-order", &copies.output());
}

/// `Marshal(ctx, llb.Require("graph==1", "graph==2"), llb.Platform(linux/arm/v6))`:
/// the graph's filters come first; the exec inherits the platform of the image.
#[test]
fn constraints_of_graphs_and_operations() {
    let arm64 = Platform::linux_arm64();
    let image = Source::image("alpine:3".parse().unwrap())
        .platform(arm64)
        .worker_filter("own==1")
        .output();
    let platform = image.platform().unwrap();
    let run = Exec::on(&image)
        .args(["true"])
        .platform(platform)
        .worker_filter("own==2")
        .worker_filter("own==3")
        .finish();
    let http = Source::http("https://example.com/a".parse().unwrap()).worker_filter("own==4");
    let merge = Merge::of([run.root(), http.output()]).output();
    let graph = Constraints::new()
        .platform(Platform::raw("linux", "arm", "v6"))
        .worker_filter("graph==1")
        .worker_filter("graph==2");
    same("constraints", &merge.constrained(&graph));
}

/// The image keeps `linux/arm64/v8`, the execs on it get `linux/arm64`.
#[test]
fn inherited_platforms_are_normalized() {
    let image = Source::image("alpine:3".parse().unwrap())
        .platform(Platform::raw("linux", "arm64", "v8"))
        .output();
    let run = |root: Output, arg: &str| {
        let platform = root.platform().unwrap();
        let exec = Exec::on(root).args([arg]).platform(platform);
        exec.finish().root()
    };
    let changed = File::on(run(image, "true")).mkdir(at("/a"), 0o755).output();
    same("inherited-platform", &run(changed, "false"));
}

#[test]
fn execs_with_everything() {
    let seed = File::on(Output::SCRATCH).mkdir(at("/seed"), 0o755).output();
    let cache = Mount::cache(CacheId::new("c").unwrap(), Sharing::Locked);
    let limits = Resources::new()
        .memory(1 << 30)
        .memory_swap(-1)
        .cpu_shares(512u64)
        .cpu_period(100_000u64)
        .cpu_quota(50_000)
        .cpuset_cpus("0-3")
        .cpuset_mems("0");
    let run = exec(alpine().output(), &["make", "all"])
        .cwd(at("/work"))
        .user("app:staff")
        .hostname("host")
        .network(NetworkMode::Host)
        .security(SecurityMode::Insecure)
        .env("A", "1")
        .env("B", "2")
        .env("A", "3")
        .extra_host("h4", "10.0.0.1".parse().unwrap())
        .extra_host("h6", "fe80::1".parse().unwrap())
        .extra_host("m", "::ffff:1.2.3.4".parse().unwrap())
        .ulimit(Ulimit::new("nofile", 1, 2))
        .cgroup_parent("parent")
        .mount(at("/z"), Mount::writable(&seed).selector(at("/seed")))
        .mount(at("/cache"), cache.seed(&seed).selector(raw("seed/")))
        .mount(
            at("/ro"),
            Mount::read_only(&seed).content_cache(ContentCache::Off),
        )
        .mount(at("/gone"), Mount::discarded(&seed))
        .mount(at("/tmp"), Mount::tmpfs().size(4096))
        .mount(raw("relative/"), Mount::writable(Output::SCRATCH))
        .mount(
            at("/run/secrets/x"),
            Mount::secret("x").owner(1, 2).mode(0o440).optional(),
        )
        .secret_env("TOKEN", "t")
        .mount(at("/run/s"), Mount::secret("both"))
        .secret_env("BOTH", "both")
        .ssh(Mount::ssh("a"))
        .mount(
            at("/agent"),
            Mount::ssh("b").owner(3, 4).mode(0o666).optional(),
        )
        .optional_device("v.example/d=1")
        .valid_exit_codes([0, 3, 127])
        .proxy(Proxy::new().http("h").no("n"))
        .resources(limits)
        .name("all")
        .ignore_cache()
        .finish();
    let trees = [run.root(), run.output("/z"), run.output("relative/")];
    same("exec-all", &Merge::of(trees).output());
}

#[test]
fn resources_of_merged_operations() {
    let a = alpine().source().resources(Resources::new().memory(1));
    let b = alpine().source().resources(Resources::new().cpu_quota(-1));
    let limits = Resources::new().cpu_shares(7u64).cpuset_mems("1");
    let a = exec(a.output(), &["true"]).resources(limits).finish();
    let b = exec(b.output(), &["false"]).finish();
    same("resources", &Merge::of([a.root(), b.root()]).output());
}

#[test]
fn passthroughs() {
    let image = alpine().output();
    let run = |arg| exec(&image, &[arg]).finish().root();
    let (test, lint) = (run("test"), run("lint"));

    // State.Requires("checks", test, lint, scratch)
    let file = File::on(&image).mkfile(at("/a"), 0o644, "").output();
    let required = Passthrough::new("checks")
        .gives(file)
        .depends_on(&test)
        .depends_on(&lint)
        .depends_on(Output::SCRATCH)
        .finish()
        .unwrap();
    same("requires", &exec(&required[0], &["after"]).finish().root());

    let outputs = Passthrough::new("two")
        .depends_on(&test)
        .gives(&lint)
        .gives(&image)
        .name("wait")
        .worker_filter("w==1")
        .finish()
        .unwrap();
    let merge = Merge::of([&outputs[1], &outputs[0]]).output();
    same("passthrough", &merge);
}

fn git_sources() -> Vec<Source> {
    let git = |url: &str| Source::git(url.parse().unwrap());
    let bundle: BlobReference = format!("example.com/b@{}", digest()).parse().unwrap();
    vec![
        git("https://example.com/a.git")
            .fragment("main:sub/../dir")
            .keep_git_dir()
            .checksum("0123456")
            .fetch_by_commit()
            .skip_submodules()
            .commit_times()
            .into(),
        git("https://example.com/b.git")
            .reference("v1")
            .subdir("x/")
            .auth_token_secret("t")
            .auth_header_secret("")
            .into(),
        git("https://example.com/c.git")
            .checksum("abcdef0")
            .bundle(&GitBundle::image_blob(&bundle))
            .into(),
        git("https://example.com/d.git")
            .checksum("abcdef0")
            .bundle(&GitBundle::oci_layout_blob(&bundle).store("s", "st"))
            .checkout_bundle()
            .into(),
        git("git@example.com:e/f.git")
            .known_ssh_hosts("a b\n\n")
            .known_ssh_hosts("c d")
            .ssh_agent("agent")
            .into(),
        git("ssh://git@example.com:2222/~u/g%20h.git")
            .known_ssh_hosts("k")
            .into(),
        git("http://user:p%40ss@example.com:8080/x//y/./z.git").into(),
        git("git://example.com/n.git").into(),
    ]
}

fn other_sources() -> Vec<Source> {
    let http = |url: &str| Source::http(url.parse().unwrap());
    let image = |reference: &str| Source::image(reference.parse().unwrap());
    let pinned = |name: &str| format!("{name}@{}", digest());
    vec![
        http("https://example.com/f?x=<&>")
            .checksum(&digest())
            .filename("name")
            .mode(0o755)
            .owner(5, 0)
            .auth_header_secret("h")
            .accept("a/b")
            .user_agent("me")
            .into(),
        http("http://example.com/s").signature("K", "S").into(),
        Source::local("context")
            .unique("unique")
            .include(["a", "<b>&\u{2028}\u{1}\u{8}\"\\"])
            .exclude(["c"])
            .follow(["d", "e"])
            .shared_key("k")
            .differ_required(Differ::None)
            .into(),
        Source::local("other")
            .unique("unique")
            .session("s")
            .differ(Differ::Metadata)
            .metadata_only(["*.toml"])
            .into(),
        Source::oci_layout(
            pinned("base:1")
                .parse::<buildkit_llb::source::LayoutReference>()
                .unwrap(),
        )
        .store("s", "st")
        .layer_limit(0)
        .platform(amd64())
        .into(),
        image(&pinned("user/a:1"))
            .internal()
            .layer_limit(0)
            .checksum(&digest())
            .resolve_mode(ResolveMode::PreferLocal)
            .platform(amd64())
            .into(),
        image("localhost:5000/b")
            .resolve_mode(ResolveMode::Pull)
            .platform(amd64())
            .into(),
        image("index.docker.io/c")
            .resolve_mode(ResolveMode::Default)
            .platform(Platform::new("windows", "amd64"))
            .into(),
        Source::image_blob(&pinned("models").parse().unwrap())
            .filename("w")
            .mode(0)
            .owner(0, 7)
            .into(),
        Source::oci_layout_blob(&pinned("example.com/m").parse().unwrap(), "st")
            .session("s")
            .mode(0o600)
            .into(),
    ]
}

#[test]
fn sources() {
    let all = git_sources().into_iter().chain(other_sources());
    let merge = Merge::of(all.map(Source::output)).name("sources");
    same("sources", &merge.output());
}

#[test]
fn file_actions() {
    let source = alpine().output();
    let time = Timestamp::from_nanos(1_700_000_000_000_000_005);
    let owner = |text: &str| text.parse::<Owner>().unwrap();
    // State.Dir("/work"): Go resolves relative paths against it.
    let file = File::on(alpine().output())
        .action(
            Mkdir::new(at("/work/a/b"), 0o1777)
                .parents()
                .owner(owner("app:50"))
                .created(time),
        )
        .action(Mkfile::new(at("/work/f"), 0o4755, [0, 255]).owner(Owner::ids(u32::MAX, 7)))
        .action(
            Symlink::new(raw("l"), "../t")
                .owner(owner("root"))
                .created(Timestamp::from_secs(0)),
        )
        .action(Rm::new(at("/x/*")).wildcard())
        .action(
            CopyFrom::tree(&source, at("/bin"), raw("/dest/."))
                .follow_links()
                .unpack()
                .optional_wildcard()
                .replace_existing()
                .include(["i"])
                .exclude(["e"])
                .required(["r"])
                .mode(0o4755)
                .owner(owner("0:staff"))
                .created(time),
        )
        .action(
            CopyFrom::tree(&source, at("/y"), at("/work/z"))
                .into_directory()
                .symbolic_mode("u+x"),
        );
    same_but_file_caps("file-actions", &file.output());

    let name = Owner::default().user("name");
    let file = File::on(Output::SCRATCH)
        .mkdir(at("/"), 0)
        .action(Mkfile::new(at("/rel/n"), 0, "").owner(name))
        .ignore_cache();
    same("file-scratch", &file.output());
}

#[test]
fn builds() {
    let definitions = Source::local("defs").session("s").output();
    let build = Build::of(definitions)
        .filename(raw("x.pb"))
        .platform(amd64())
        .name("nested");
    same("build", &exec(build.output(), &["true"]).finish().root());
}

#[test]
fn source_maps() {
    let load = Source::local("dockerfile").session("s").name("load");
    let definition = Definition::new(&load.output());
    let dockerfile = || {
        let file = SourceFile::new("Dockerfile", "Dockerfile", "FROM x\n");
        file.with_definition(&definition)
    };
    let (file, again) = (dockerfile(), dockerfile());
    let other = SourceFile::new("other", "", "");
    let range = |start, end| Range { start, end };
    let words: Location = file.at([
        range(Position::new(1, 2), Position::new(1, 5)),
        range(Position::line(1), Position::line(1)),
    ]);
    let a = exec(alpine().location(words).output(), &["a"])
        .location(other.lines(1, 1))
        .location(again.lines(1, 1))
        .finish();
    let changed = File::on(a.root()).mkdir(at("/unlocated"), 0o755).output();
    let b = exec(changed, &["b"]).location(other.lines(2, 3)).finish();
    same("source-map", &b.root());
}

#[test]
fn merges_and_diffs() {
    let base = alpine().output();
    let up = exec(&base, &["up"]).finish().root();
    let changes = Diff::between(&base, &up)
        .name("changes")
        .progress_group(ProgressGroup::new("g", "group"))
        .output();
    let removed = Diff::between(&up, Output::SCRATCH).output();
    let merge = Merge::of([
        Output::SCRATCH,
        base,
        changes.clone(),
        Merge::of([&changes]).output(),
        removed,
        changes,
    ]);
    same("merge-diff", &merge.export_cache(true).output());

    let nothing = Diff::between(Output::SCRATCH, Output::SCRATCH).output();
    same("empty", &Merge::of([Output::SCRATCH, nothing]).output());
}

#[test]
fn outputs_of_one_exec_in_several_places() {
    let base = alpine().output();
    let run = exec(&base, &["x"])
        .mount(at("/one"), Mount::writable(&base))
        .mount(at("/two"), Mount::writable(Output::SCRATCH))
        .finish();
    let again = exec(run.output("/two"), &["y"])
        .platform(Platform::new("linux", "riscv64"))
        .mount(at("/a"), Mount::writable(run.output("/one")))
        .mount(at("/b"), Mount::read_only(run.root()))
        .finish();
    same("outputs", &again.output("/a"));
}

#[test]
fn windows() {
    let platform: Platform = "windows(10.0.17763+win32k)/amd64".parse().unwrap();
    let image = Source::image("w".parse().unwrap()).platform(platform.clone());
    let cache = Mount::cache(CacheId::new("c").unwrap(), Sharing::Private);
    // Dir(`C:\app`) is relative for Go, whose paths are those of Unix.
    let run = exec(image.output(), &["cmd"])
        .platform(platform)
        .cwd(raw(r"/C:\app"))
        .mount(raw(r"C:\cache"), cache)
        .finish();
    same("windows", &run.root());
}

#[test]
fn mounts_at_one_path() {
    let file = |name: &str| {
        let path = raw(format!("/{name}"));
        File::on(Output::SCRATCH).mkfile(path, 0o600, name).output()
    };
    let run = exec(alpine().output(), &["x"])
        .mount(raw("/m"), Mount::writable(file("1")))
        .mount(raw("/m"), Mount::read_only(file("2")))
        .mount(raw("/"), Mount::writable(file("3")))
        .finish();
    same("mounts-at-one-path", &run.root());
}

#[test]
fn every_definition_has_a_test() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions");
    let tests = include_str!("definitions.rs");
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(tests.contains(&format!("(\"{name}\", &")), "{name}");
    }
    let empty: pb::Definition = prost::Message::decode(&*go("empty")).unwrap();
    assert_eq!(empty, pb::Definition::default());
}

/// The numbers of the readme and of COVERAGE.md are those of the files.
#[test]
fn documents_count_the_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let count = |directory: &str, extension: &str| {
        let files = std::fs::read_dir(root.join("tests").join(directory)).unwrap();
        let paths = files.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|it| it == extension))
            .count()
    };
    let texts = std::fs::read_to_string(root.join("tests/texts/go.jsonl")).unwrap();
    let read = |name: &str| {
        let text = std::fs::read_to_string(root.join(name)).unwrap();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let (readme, coverage) = (read("README.md"), read("COVERAGE.md"));
    let vectors = count("vectors", "json");
    let definitions = count("definitions", "llb");
    assert!(readme.contains(&format!("{vectors} graphs that the Go client made")));
    assert!(readme.contains(&format!(
        "{definitions} whole definitions of the newest client"
    )));
    for claim in [
        format!("`tests/vectors/`: {vectors} graphs"),
        format!("`tests/definitions/`: {definitions} whole definitions"),
        format!(
            "`tests/dockerfiles/`: {} definitions",
            count("dockerfiles", "llb")
        ),
        format!(
            "`tests/texts/`: {},{:03} random",
            texts.lines().count() / 1000,
            texts.lines().count() % 1000
        ),
    ] {
        assert!(coverage.contains(&claim), "{claim}");
    }
}
