//! Operations that no vector covers, compared with the bytes and capabilities of
//! Go's client, which are assembled here from its source (`client/llb` of BuildKit
//! v0.29 to v0.32) as plain messages of the protocol.

#![allow(clippy::unwrap_used, reason = "a test")]

use buildkit_llb::error::{ExecError, PassthroughError};
use buildkit_llb::exec::{ContentCache, Proxy};
use buildkit_llb::pb::{self, file_action::Action, op::Op};
use buildkit_llb::source::{BlobReference, GitBundle, GitSignature, GitSource, ResolveMode};
use buildkit_llb::{
    Build, Cap, CopyFrom, Definition, Exec, File, Mount, Output, Passthrough, Platform, Source, at,
    raw,
};
use prost::Message as _;

/// Go writes a oneof after everything else (`MarshalOptions.Deterministic`).
fn bytes(inputs: &[&Output], platform: Option<pb::Platform>, op: Op) -> Vec<u8> {
    let input = |output: &&Output| pb::Input {
        digest: output.digest().unwrap().to_string(),
        index: output.index().into(),
    };
    let head = pb::Op {
        inputs: inputs.iter().map(input).collect(),
        platform,
        // `MarshalConstraints`: always there, mostly empty.
        constraints: Some(pb::WorkerConstraints::default()),
        op: None,
    };
    let tail = pb::Op {
        op: Some(op),
        ..pb::Op::default()
    };
    [head.encode_to_vec(), tail.encode_to_vec()].concat()
}

fn amd64() -> pb::Platform {
    pb::Platform {
        os: "linux".to_owned(),
        architecture: "amd64".to_owned(),
        ..pb::Platform::default()
    }
}

#[track_caller]
fn same(output: &Output, expected: &[u8], caps: &[Cap]) {
    let vertex = output.vertex().unwrap();
    let read = |bytes| pb::Op::decode(bytes).unwrap();
    assert_eq!(read(vertex.bytes()), read(expected));
    assert_eq!(vertex.bytes(), expected);
    let mut caps = caps.to_vec();
    caps.sort();
    assert_eq!(vertex.metadata().caps(), caps);
}

fn source(identifier: &str, attrs: &[(&str, &str)]) -> Op {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Op::Source(pb::SourceOp {
        identifier: identifier.to_owned(),
        attrs: attrs.iter().map(own).collect(),
    })
}

fn tree(data: &str) -> Output {
    let file = File::on(&Output::SCRATCH).mkfile(at("/a"), 0o644, data);
    file.output()
}

const DIGEST: &str = "sha256:62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a";

/// `client/llb/llbbuild/llbbuild.go`. Written byte by byte: Go writes the empty
/// message of a map's entry (input 0), which prost leaves out.
#[test]
fn builds() {
    let tree = tree("a definition");
    let head = |attrs: &[u8]| {
        let builder = b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        let input = b"\x12\x1b\x0a\x17buildkit.llb.definition\x12\x00";
        let op = [&builder[..], input, attrs].concat();
        let empty = bytes(&[&tree], Some(amd64()), Op::Source(pb::SourceOp::default()));
        let head = empty.strip_suffix(b"\x1a\x00").unwrap();
        [head, &[0x2a, u8::try_from(op.len()).unwrap()], &op].concat()
    };
    let caps = [Cap::BUILD_OP];
    let build = || Build::of(&tree).platform(Platform::linux_amd64());
    same(&build().output(), &head(b""), &caps);
    let named = build().filename(at("/out/llb.pb")).output();
    let attr = b"\x22\x20\x0a\x11llbbuild.filename\x12\x0b/out/llb.pb";
    same(&named, &head(attr), &caps);
}

/// Go's client would crash here, and the daemon with an input of -1. Without an
/// input, the daemon has an error (`solver/llbsolver/ops/build.go`).
#[test]
fn a_build_of_the_empty_tree_has_no_input() {
    let op = Op::Build(pb::BuildOp {
        builder: -1,
        ..pb::BuildOp::default()
    });
    let build = Build::of(&Output::SCRATCH).output();
    same(&build, &bytes(&[], None, op), &[Cap::BUILD_OP]);
}

/// `client/llb/exec.go`: `ContentCache` of `AddMount`, devices.
#[test]
fn content_cache_modes_and_optional_devices() {
    let (root, other) = (tree("root"), tree("other"));
    let run = Exec::on(&root)
        .args(["true"])
        .mount(
            at("/off"),
            Mount::read_only(&other).content_cache(ContentCache::Off),
        )
        .mount(
            at("/on"),
            Mount::writable(&other).content_cache(ContentCache::On),
        )
        .optional_device("vendor.example/gpu=all")
        .platform(Platform::linux_amd64())
        .finish();
    let mount = |dest: &str, input, output| pb::Mount {
        input,
        output,
        dest: dest.to_owned(),
        ..pb::Mount::default()
    };
    let op = Op::Exec(pb::ExecOp {
        meta: Some(pb::Meta {
            args: vec!["true".to_owned()],
            cwd: "/".to_owned(),
            remove_mount_stubs_recursive: true,
            ..pb::Meta::default()
        }),
        mounts: vec![
            mount("/", 0, 0),
            pb::Mount {
                readonly: true,
                content_cache: pb::MountContentCache::Off.into(),
                ..mount("/off", 1, -1)
            },
            pb::Mount {
                content_cache: pb::MountContentCache::On.into(),
                ..mount("/on", 1, 1)
            },
        ],
        cdi_devices: vec![pb::CdiDevice {
            name: "vendor.example/gpu=all".to_owned(),
            optional: true,
        }],
        ..pb::ExecOp::default()
    });
    let caps = [
        Cap::EXEC_BASE,
        Cap::EXEC_MOUNT_BIND,
        Cap::EXEC_MOUNT_CONTENT_CACHE,
        Cap::EXEC_CDI,
    ];
    same(
        &run.root(),
        &bytes(&[&root, &other], Some(amd64()), op),
        &caps,
    );
    assert_eq!(run.output(at("/on")).index(), 1);
    assert_eq!(run.output(at("/off")), other);
}

/// Go would write both; here the later takes the earlier's place.
#[test]
fn a_later_mount_replaces_an_earlier_one() {
    let (root, other) = (tree("root"), tree("other"));
    let exec = || Exec::on(&root).args(["true"]);
    let one = exec()
        .mount(at("/b"), Mount::writable(&other))
        .mount(at("/a"), Mount::writable(&other));
    let two = exec()
        .mount(at("/a"), Mount::tmpfs().size(1))
        .mount(at("/a"), Mount::read_only(&root))
        .mount(at("/a"), Mount::writable(&other))
        .mount(at("/b"), Mount::writable(&other));
    let (one, two) = (one.finish(), two.finish());
    assert_eq!(one.root(), two.root());
    assert_eq!(one.output(at("/b")).index(), 2);
    let caps =
        |run: &buildkit_llb::exec::Executed| run.vertex().unwrap().metadata().caps().to_vec();
    assert_eq!(caps(&one), caps(&two));
    let paths: Vec<_> = two.outputs().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["/", "/a", "/b"]);
}

/// `client/llb/fileop.go`: `ChmodOpt`, `RequiredPaths`, `AllowEmptyWildcard`.
/// (Go means to declare `file.copy.modestring` too, and never does: no daemon
/// has it registered.)
#[test]
fn copies_with_symbolic_modes_and_required_paths() {
    let (base, from) = (tree("base"), tree("from"));
    let copy = File::on(&base).action(
        CopyFrom::tree(&from, at("/src/*"), at("/dest"))
            .symbolic_mode("u=rwX,go=rX")
            .optional_wildcard()
            .include(["*.py"])
            .required(["main.py"]),
    );
    let op = Op::File(pb::FileOp {
        actions: vec![pb::FileAction {
            input: 0,
            secondary_input: 1,
            output: 0,
            action: Some(Action::Copy(pb::FileActionCopy {
                src: "/src/*".to_owned(),
                dest: "/dest".to_owned(),
                mode: 0,
                mode_str: "u=rwX,go=rX".to_owned(),
                allow_wildcard: true,
                allow_empty_wildcard: true,
                timestamp: -1,
                include_patterns: vec!["*.py".to_owned()],
                required_paths: vec!["main.py".to_owned()],
                ..pb::FileActionCopy::default()
            })),
        }],
    });
    let caps = [
        Cap::FILE_BASE,
        Cap::FILE_COPY_PATTERNS,
        Cap::FILE_COPY_REQUIRED_PATHS,
    ];
    same(&copy.output(), &bytes(&[&base, &from], None, op), &caps);
}

/// `client/llb/fileop.go`: `Mkdir(…).Copy(a.WithState(…))`, where `add` puts the
/// other chain after the copy's own earlier actions, and counts results from the
/// number of inputs on.
#[test]
fn copies_from_an_earlier_action() {
    let base = tree("base");
    let mkfile = |path: &str, data: &str| {
        Action::Mkfile(pb::FileActionMkFile {
            path: path.to_owned(),
            mode: 0o600,
            data: data.as_bytes().to_vec(),
            owner: None,
            timestamp: -1,
        })
    };
    let copy = |src: &str, dest: &str| {
        Action::Copy(pb::FileActionCopy {
            src: src.to_owned(),
            dest: dest.to_owned(),
            mode: -1,
            timestamp: -1,
            ..pb::FileActionCopy::default()
        })
    };
    let action = |input, secondary_input, output, action| pb::FileAction {
        input,
        secondary_input,
        output,
        action: Some(action),
    };

    // llb.Mkfile("/b").Copy(llb.Mkfile("/a").WithState(base), "/a", "/c")
    let other = File::on(&base).mkfile(at("/a"), 0o600, "1");
    let file = File::on(&Output::SCRATCH)
        .mkfile(at("/b"), 0o600, "2")
        .action(CopyFrom::chain(&other, at("/a"), at("/c")));
    let op = Op::File(pb::FileOp {
        actions: vec![
            action(-1, -1, -1, mkfile("/b", "2")),
            action(0, -1, -1, mkfile("/a", "1")),
            action(1, 2, 0, copy("/a", "/c")),
        ],
    });
    same(
        &file.output(),
        &bytes(&[&base], None, op),
        &[Cap::FILE_BASE],
    );
}

/// `client/llb/source.go`: `ImageBlob`, `OCILayoutBlob`. Neither is of a platform,
/// and one capability stands for all attributes.
#[test]
fn blobs() {
    let reference: BlobReference = format!("example.com/models@{DIGEST}").parse().unwrap();
    let caps = [Cap::SOURCE_IMAGE_BLOB];
    let blob = Source::image_blob(&reference)
        .filename("weights.bin")
        .mode(0o644)
        .owner(1000, 100)
        .output();
    let attrs = [
        ("http.filename", "weights.bin"),
        ("http.perm", "0644"),
        ("http.uid", "1000"),
        ("http.gid", "100"),
    ];
    let op = source(&format!("docker-image+blob://{reference}"), &attrs);
    same(&blob, &bytes(&[], None, op), &caps);

    let blob = Source::oci_layout_blob(&reference, "store")
        .session("s1")
        .source()
        .platform(Platform::linux_amd64())
        .output();
    let attrs = [("oci.session", "s1"), ("oci.store", "store")];
    let op = source(&format!("oci-layout+blob://{reference}"), &attrs);
    same(&blob, &bytes(&[], None, op), &caps);

    for text in ["a:1", "a", "A", &format!("a:1@{DIGEST}")] {
        assert!(text.parse::<BlobReference>().is_err(), "{text}");
    }
}

/// Attributes of `solver/pb/attr.go` that only policies set in Go, and that
/// `source/git/source.go` reads.
#[test]
fn git_signatures() {
    let caps = [
        Cap::SOURCE_GIT,
        Cap::SOURCE_GIT_FULL_URL,
        Cap::SOURCE_GIT_MTIME,
        Cap::SOURCE_GIT_SIGNATURE,
    ];
    let common = [
        ("git.authheadersecret", "GIT_AUTH_HEADER"),
        ("git.authtokensecret", "GIT_AUTH_TOKEN"),
        ("git.fullurl", "https://example.com/a.git"),
        ("git.mtime", "commit"),
        ("git.sig.pubkey", "KEY"),
    ];
    let signature = || GitSignature::by("KEY");
    for (signature, more) in [
        (signature(), &[][..]),
        (
            signature().reject_expired_keys().require_signed_tag(),
            &[
                ("git.sig.rejectexpired", "true"),
                ("git.sig.requiresignedtag", "true"),
            ],
        ),
        (
            signature().ignore_signed_tag(),
            &[("git.sig.ignoresignedtag", "true")],
        ),
    ] {
        let git = Source::git("https://example.com/a.git".parse().unwrap())
            .reference("v1")
            .commit_times()
            .signature(&signature)
            .output();
        let op = source("git://example.com/a.git#v1", &[&common, more].concat());
        same(&git, &bytes(&[], None, op), &caps);
    }
}

/// `client/llb/source.go`: `Git` of an SSH remote without known hosts (for which
/// Go goes and asks the host), `HTTP`, `Local`, `Image`: attributes that no vector
/// has.
#[test]
fn attributes_of_sources() {
    let git = Source::git("git@example.com:a.git".parse().unwrap()).output();
    let attrs = [
        ("git.authheadersecret", "GIT_AUTH_HEADER"),
        ("git.authtokensecret", "GIT_AUTH_TOKEN"),
        ("git.fullurl", "git@example.com:a.git"),
        ("git.mountsshsock", "default"),
    ];
    let caps = [
        Cap::SOURCE_GIT,
        Cap::SOURCE_GIT_FULL_URL,
        Cap::SOURCE_GIT_KNOWN_HOSTS,
        Cap::SOURCE_GIT_SSH_SOCKET,
    ];
    let op = source("git://example.com/a.git", &attrs);
    same(&git, &bytes(&[], None, op), &caps);

    let http = Source::http("https://example.com/a".parse().unwrap())
        .signature("KEY", "SIGNATURE")
        .mode(0)
        .output();
    let attrs = [
        ("http.sig.pubkey", "KEY"),
        ("http.sig.signature", "SIGNATURE"),
    ];
    let caps = [Cap::SOURCE_HTTP, Cap::SOURCE_HTTP_SIGNATURE];
    let op = source("https://example.com/a", &attrs);
    same(&http, &bytes(&[], None, op), &caps);

    let local = Source::local("context")
        .unique("u")
        .metadata_only(["*.toml"])
        .output();
    let attrs = [
        ("local.metadatatransfer", "true"),
        ("local.metadatatransferexclude", "[\"*.toml\"]"),
        ("local.unique", "u"),
    ];
    let caps = [
        Cap::SOURCE_LOCAL,
        Cap::SOURCE_LOCAL_METADATA_ONLY,
        Cap::SOURCE_LOCAL_UNIQUE,
    ];
    let op = source("local://context", &attrs);
    same(&local, &bytes(&[], None, op), &caps);

    let image = Source::image("alpine:3".parse().unwrap())
        .platform(Platform::linux_amd64())
        .resolve_mode(ResolveMode::Pull)
        .internal()
        .layer_limit(2)
        .checksum(&DIGEST.parse().unwrap())
        .output();
    let attrs = [
        ("image.checksum", DIGEST),
        ("image.layerlimit", "2"),
        ("image.recordtype", "internal"),
        ("image.resolvemode", "pull"),
    ];
    let caps = [
        Cap::SOURCE_IMAGE,
        Cap::SOURCE_IMAGE_CHECKSUM,
        Cap::SOURCE_IMAGE_LAYER_LIMIT,
        Cap::SOURCE_IMAGE_RESOLVE_MODE,
    ];
    let op = source("docker-image://docker.io/library/alpine:3", &attrs);
    same(&image, &bytes(&[], Some(amd64()), op), &caps);
}

/// `client/llb/passthrough.go` of v0.31: an operation of number 8 with an id and
/// the numbers of the inputs that are outputs.
#[test]
fn passthroughs() {
    let (a, b) = (tree("a"), tree("b"));
    let outputs = Passthrough::new("id")
        .depends_on(&a)
        .gives(&b)
        .gives(Output::SCRATCH)
        .gives(&a)
        .name("wait")
        .finish()
        .unwrap();
    assert_eq!(
        outputs.iter().map(Output::index).collect::<Vec<_>>(),
        [0, 1]
    );
    let head = bytes(&[&a, &b, &a], None, Op::Source(pb::SourceOp::default()));
    let head = head.strip_suffix(b"\x1a\x00").unwrap();
    let expected = [head, b"\x42\x08\x0a\x02id\x12\x02\x01\x02"].concat();
    let vertex = outputs[0].vertex().unwrap();
    assert_eq!(vertex.bytes(), expected);
    assert_eq!(vertex.metadata().caps(), [Cap::PASSTHROUGH_OP]);
    let definition = Definition::new(&outputs[1]);
    assert!(
        definition
            .dump()
            .contains("passthrough \"id\" \"wait\"\n  0\n  1\n  0\n  outputs [1, 2]\n"),
        "{}",
        definition.dump()
    );
    let read = Definition::from_bytes(&definition.to_bytes()).unwrap();
    assert_eq!(read.to_bytes(), definition.to_bytes());

    assert_eq!(
        Passthrough::new("").gives(&a).finish(),
        Err(PassthroughError::NoId)
    );
    let none = Passthrough::new("id").depends_on(&a);
    assert_eq!(none.finish(), Err(PassthroughError::NoOutput));
}

/// `client/llb/source.go` of v0.30: `GitBundleURL`, `GitBundleOCIStore`,
/// `GitCheckoutBundle`, `GitFetchByCommit`.
#[test]
fn git_bundles() {
    let reference: BlobReference = format!("example.com/bundles@{DIGEST}").parse().unwrap();
    let git = || Source::git("https://example.com/a.git".parse().unwrap()).checksum("0123456");
    let common = [
        ("git.authheadersecret", "GIT_AUTH_HEADER"),
        ("git.authtokensecret", "GIT_AUTH_TOKEN"),
        ("git.checksum", "0123456"),
        ("git.fullurl", "https://example.com/a.git"),
    ];
    let caps = [
        Cap::SOURCE_GIT,
        Cap::SOURCE_GIT_FULL_URL,
        Cap::SOURCE_GIT_CHECKSUM,
    ];
    let image = format!("docker-image+blob://{reference}");
    let layout = format!("oci-layout+blob://{reference}");
    let from_layout = GitBundle::oci_layout_blob(&reference).store("s1", "st");
    for (source, attrs, cap) in [
        (
            git().bundle(&GitBundle::image_blob(&reference)),
            vec![("git.bundle", &*image)],
            Cap::SOURCE_GIT_BUNDLE,
        ),
        (
            git().bundle(&from_layout),
            vec![
                ("git.bundle", &*layout),
                ("oci.session", "s1"),
                ("oci.store", "st"),
            ],
            Cap::SOURCE_GIT_BUNDLE,
        ),
        (
            git().checkout_bundle(),
            vec![("git.checkoutbundle", "true")],
            Cap::SOURCE_GIT_CHECKOUT_BUNDLE,
        ),
        (
            git().fetch_by_commit(),
            vec![("git.fetchbycommit", "true")],
            Cap::SOURCE_GIT_FETCH_BY_COMMIT,
        ),
    ] {
        let op = self::source("git://example.com/a.git", &[&common, &attrs[..]].concat());
        let caps = [&caps[..], &[cap]].concat();
        same(&source.output(), &bytes(&[], None, op), &caps);
    }
}

/// `client/llb/source.go`: a secret that is set needs a capability, even the
/// default one, unless there is none at all.
#[test]
fn git_secrets() {
    let git = || Source::git("https://example.com/a.git".parse().unwrap());
    let needs = |source: GitSource| {
        source
            .source()
            .required_caps()
            .contains(&Cap::SOURCE_GIT_HTTP_AUTH)
    };
    assert!(!needs(git()));
    assert!(needs(git().auth_header_secret("GIT_AUTH_HEADER")));
    assert!(needs(git().auth_header_secret("")));
    assert!(!needs(git().auth_header_secret("").auth_token_secret("")));
}

#[test]
fn execs_need_arguments_and_names_of_variables() {
    let exec = || Exec::on(tree("a"));
    assert_eq!(exec().try_finish().unwrap_err(), ExecError::NoArguments);
    let exec = || exec().args(["true"]);
    assert!(exec().env("A", "b=c").try_finish().is_ok());
    for name in ["", "A=B", "A\0"] {
        let error = ExecError::Variable(name.to_owned());
        assert_eq!(exec().env(name, "x").try_finish().unwrap_err(), error);
        assert_eq!(
            exec().secret_env(name, "x").try_finish().unwrap_err(),
            error
        );
    }
    assert_eq!(
        exec().cwd(raw("")).try_finish().unwrap_err(),
        ExecError::NoDirectory
    );
}

#[test]
fn debug_shows_no_credentials() {
    let proxy = Proxy::new()
        .http("http://user:secret@proxy:1")
        .https("user:secret@proxy:1");
    let exec = Exec::on(tree("a"))
        .args(["true"])
        .env("TOKEN", "secret")
        .proxy(proxy);
    let http = Source::http("https://user:secret@h/a?token=secret".parse().unwrap());
    let git = Source::git("https://user:secret@h/a".parse().unwrap());
    let output = exec.clone().finish().root();
    for text in [
        format!("{exec:?}"),
        format!("{http:?}"),
        format!("{:?}", http.clone().source()),
        format!("{git:?}"),
        format!("{:?}", git.clone().source()),
        format!("{output:?} {:?}", Definition::new(&output)),
    ] {
        assert!(
            !text.contains("secret@") && !text.contains("=secret"),
            "{text}"
        );
        assert!(!text.contains("\"secret\""), "{text}");
    }
}

#[test]
#[should_panic(expected = "the exec has no output at \"/b\": there are outputs at [\"/\", \"/a\"]")]
fn a_missing_output_names_the_outputs() {
    let exec = Exec::on(tree("a")).args(["true"]);
    let exec = exec.mount(at("/a"), Mount::writable(tree("b")));
    exec.mount(at("/b"), Mount::discarded(tree("b")))
        .finish()
        .output("/b");
}
