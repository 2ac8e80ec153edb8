use super::parse::OPTION;
use super::*;
use crate::client::NamedContext;

fn given(options: &[(&str, &str)]) -> Result<Options, Diagnostics> {
    Options::parse(options.iter().enumerate().map(|(index, (key, value))| {
        // The daemon numbers them in no order.
        (
            format!("{OPTION}{}", 7 * index % 5),
            format!("{key}={value}"),
        )
    }))
}

fn errors(options: &[(&str, &str)]) -> String {
    given(options).unwrap_err().to_string()
}

#[test]
fn has_defaults() {
    let options = given(&[]).unwrap();
    assert_eq!(options.filename, "Dockerfile");
    assert_eq!(options.no_cache, NoCache::Off);
    assert_eq!(options.network, None);
    assert_eq!(options.default_platform(), None);
    assert!(options.platforms.is_empty() && options.proxy.is_empty());
}

#[test]
fn reads_what_the_daemon_says_of_itself() {
    let workers = r#"[{"id":"w1","labels":null,"platforms":[
        {"architecture":"amd64","os":"linux"},
        {"architecture":"arm","os":"linux","variant":"v7"}],
        "gcPolicy":null,"buildkitVersion":{"package":"p","version":"v0.29.0"},
        "cdiDevices":null}]"#;
    let options = Options::parse([
        ("BUILDKIT_SESSION_ID".to_owned(), "s1".to_owned()),
        ("BUILDKIT_WORKERS".to_owned(), workers.to_owned()),
        ("PATH".to_owned(), "/bin".to_owned()),
    ])
    .unwrap();
    assert_eq!(options.session_of("context"), "s1");
    assert_eq!(
        options.default_platform().unwrap().to_string(),
        "linux/amd64"
    );
    assert_eq!(options.workers[0].platforms[1].to_string(), "linux/arm/v7");
}

#[test]
fn splits_values_at_the_first_equals_sign() {
    let options = given(&[("build-arg:A", "b=c=d"), ("label:x:y", "")]).unwrap();
    assert_eq!(options.build_args["A"], "b=c=d");
    assert_eq!(options.labels["x:y"], "");
    let none = Options::parse([(format!("{OPTION}0"), "no-cache".to_owned())]).unwrap();
    assert_eq!(none.no_cache, NoCache::All);
}

#[test]
fn keeps_the_order_of_platforms() {
    let options = given(&[("platform", "linux/arm64/v8,linux/amd64,linux/aarch64")]).unwrap();
    let names: Vec<String> = options.platforms.iter().map(Platform::to_string).collect();
    assert_eq!(names, ["linux/arm64", "linux/amd64"]);
}

#[test]
fn reads_typed_options() {
    let options = given(&[
        ("target", "cpu"),
        ("filename", "build/stub"),
        ("multi-platform", "true"),
        ("no-cache", "deps,Torch"),
        ("image-resolve-mode", "local"),
        ("force-network-mode", "host"),
        ("add-hosts", "A=10.0.0.1,b=::1"),
        ("ulimit", "nofile=1024:2048,core=-1"),
        ("shm-size", "1048576"),
        ("hostname", "h"),
        ("build-arg:BUILDKIT_SANDBOX_HOSTNAME", "other"),
        ("build-arg:BUILDKIT_CACHE_MOUNT_NS", "ns"),
        ("build-arg:SOURCE_DATE_EPOCH", "1700000000"),
        ("build-arg:HTTP_PROXY", "upper"),
        ("build-arg:http_proxy", "lower"),
        ("build-arg:No_Proxy", "all"),
        ("contextkey", "ctx"),
        ("ctx", "https://example.com/a.tar"),
        ("dockerfilekey", "stdin"),
        (
            "frontend.caps",
            "moby.buildkit.frontend.subrequests+forward",
        ),
        ("local-sessionid:context", "s2"),
        ("sharedkey:localdir:context", "k"),
        ("input-metadata:base", r#"{"containerimage.config":"e30="}"#),
        ("something-new", "ignored"),
        ("vcs:source", "ignored"),
    ])
    .unwrap();
    assert_eq!(options.target.as_deref(), Some("cpu"));
    assert_eq!(options.multi_platform, Some(true));
    assert!(options.no_cache.holds_for("torch") && !options.no_cache.holds_for("apt"));
    assert_eq!(options.image_resolve_mode, ResolveMode::Local);
    assert_eq!(options.network, Some(Network::Host));
    assert_eq!(
        options.add_hosts,
        [
            ("a".to_owned(), "10.0.0.1".parse().unwrap()),
            ("b".to_owned(), "::1".parse().unwrap()),
        ]
    );
    let limit = |name: &str, soft, hard| Ulimit {
        name: name.to_owned(),
        soft,
        hard,
    };
    assert_eq!(
        options.ulimits,
        [limit("nofile", 1024, 2048), limit("core", -1, -1)]
    );
    assert_eq!(options.shm_size, Some(1 << 20));
    assert_eq!(options.hostname.as_deref(), Some("other"));
    assert_eq!(options.cache_mount_ns.as_deref(), Some("ns"));
    assert_eq!(options.source_date_epoch, Some(1_700_000_000));
    assert_eq!(options.proxy.http.as_deref(), Some("lower"));
    assert_eq!(options.proxy.no.as_deref(), Some("all"));
    assert_eq!(
        options.context.as_deref(),
        Some("https://example.com/a.tar")
    );
    assert_eq!(options.dockerfile_local.as_deref(), Some("stdin"));
    assert_eq!(
        options.frontend_caps,
        ["moby.buildkit.frontend.subrequests"]
    );
    assert_eq!(options.session_of("context"), "s2");
    assert_eq!(
        options.input_metadata["base"]["containerimage.config"],
        b"{}"
    );
}

/// As in BuildKit, `contextkey` is about the URL alone.
#[test]
fn names_of_directories_are_read_in_one_place() {
    use crate::client::{context_source, stub_source};
    let options = given(&[("contextkey", "ctx"), ("dockerfilekey", "stdin")]).unwrap();
    let sources = [context_source(&options), stub_source(&options)];
    let identifiers = sources.map(|transfer| match transfer {
        crate::client::Transfer::Local(source) => source.source().identifier().to_owned(),
        crate::client::Transfer::Input(_) => panic!("it is a directory"),
    });
    assert_eq!(identifiers, ["local://context", "local://stdin"]);
}

#[test]
fn reads_caches_of_both_kinds() {
    let options = given(&[
        ("cache-from", "a,b"),
        (
            "cache-imports",
            r#"[{"Type":"gha","Attrs":{"scope":"x"}},{"Type":"local","Attrs":null}]"#,
        ),
    ])
    .unwrap();
    let kinds: Vec<&str> = options.cache_imports.iter().map(|i| &*i.kind).collect();
    assert_eq!(kinds, ["gha", "local", "registry", "registry"]);
    assert_eq!(options.cache_imports[3].attrs["ref"], "b");
}

#[test]
fn finds_contexts_by_any_form_of_a_reference() {
    let options = given(&[
        ("context:docker.io/library/python:3.11-slim", "local:one"),
        ("context:base::linux/arm64/v8", "local:arm"),
        ("context:base", "local:any"),
        ("context:tools:latest", "docker-image://scratch"),
    ])
    .unwrap();
    let (amd, arm) = (Platform::linux_amd64(), Platform::linux_arm64());
    for name in ["python:3.11-slim", "docker.io/library/python:3.11-slim"] {
        assert_eq!(options.named_contexts.get(name, &amd), Some("local:one"));
    }
    assert_eq!(options.named_contexts.get("base", &arm), Some("local:arm"));
    assert_eq!(options.named_contexts.get("base", &amd), Some("local:any"));
    assert_eq!(options.named_contexts.get("python", &amd), None);
    assert_eq!(
        options.context_for("tools", &amd).unwrap(),
        Some(NamedContext::Scratch)
    );
    assert_eq!(options.named_contexts().count(), 4);
}

#[test]
fn reports_invalid_options_together() {
    insta::assert_snapshot!(errors(&[
        ("platform", "linux"),
        ("force-network-mode", "wifi"),
        ("multi-platform", "yes"),
        ("shm-size", "64m"),
        ("build-arg:SOURCE_DATE_EPOCH", "context"),
    ]));
    // The last year that image configurations can write.
    let late = errors(&[("build-arg:SOURCE_DATE_EPOCH", "253402300800")]);
    assert!(late.contains("up to the year 9999"), "{late}");
}

#[test]
fn rejects_invalid_values() {
    let values = [
        ("platform", "linux/amd64,"),
        ("image-resolve-mode", "sometimes"),
        ("add-hosts", "a"),
        ("add-hosts", "a=b,c=1.1.1.1,d"),
        ("add-hosts", "\"a=1.1.1.1"),
        ("ulimit", "nofiles=1"),
        ("ulimit", "x=1"),
        ("ulimit", "nofile"),
        ("ulimit", "nofile=2:1"),
        ("ulimit", "nofile=-1:1"),
        ("ulimit", "nofile=99999999999999999999"),
        ("shm-size", "-1"),
        ("cache-imports", "{}"),
        ("cache-imports", "["),
        ("input-metadata:x", "[]"),
        ("input-metadata:x", r#"{"a":"%"}"#),
        ("build-arg:BUILDKIT_MULTI_PLATFORM", "2"),
    ];
    let all = values.map(|(key, value)| format!("{key}={value}\n{}", errors(&[(key, value)])));
    insta::assert_snapshot!(all.join("\n\n"));
    let conflict = given(&[
        ("platform", "linux/amd64,linux/arm64"),
        ("multi-platform", "0"),
    ]);
    assert!(conflict.is_err());
    let workers = Options::parse([("BUILDKIT_WORKERS".to_owned(), "?".to_owned())]);
    assert!(workers.is_err());
}
