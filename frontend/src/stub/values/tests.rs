//! Values that are valid, and values that are not.

use std::time::Duration;

use super::*;

fn ok<T>(parse: fn(&str) -> Parsed<T>, texts: &[&str]) {
    for text in texts {
        assert!(parse(text).is_ok(), "{text:?} should be valid");
    }
}

fn wrong<T>(parse: fn(&str) -> Parsed<T>, texts: &[&str]) {
    for text in texts {
        assert!(parse(text).is_err(), "{text:?} should be invalid");
    }
}

#[test]
fn platforms_and_versions() {
    ok(
        platform,
        &["linux/amd64", "linux/arm64/v8", "linux/aarch64"],
    );
    wrong(
        platform,
        &["", "amd64", "linux/amd65", "windows/amd64", "linux/"],
    );
    ok(python_version, &["3.8", "3.11", "3.14"]);
    wrong(
        python_version,
        &["", "3", "3.", "3.11.2", "2.7", "3.x", "+3.11"],
    );
}

#[test]
fn only_old_versions_are_too_old() {
    let message = |text| {
        let invalid = python_version(text).unwrap_err();
        format!("{} ({})", invalid.message(text), invalid.help)
    };
    for text in ["2.7", "2", "2.x", "3.7", "3.7.1", "3.0.x"] {
        let old = format!(
            "invalid Python version `{text}`: not supported (the oldest supported version is `3.8`)"
        );
        assert_eq!(message(text), old);
    }
    for text in ["3.11.x", "3.11.1.2", "3.12.*", "3.8.", "3.x", "3", "4.0"] {
        let odd = format!(
            "invalid Python version `{text}` (write major and minor version, as in `3.11`)"
        );
        assert_eq!(message(text), odd);
    }
}

#[test]
fn images_say_their_python() {
    let said = |image| image_python(image).map(|v| v.to_string());
    for (image, version) in [
        ("python:3.12-slim", Some("3.12")),
        ("python:3.12.4-slim-bookworm", Some("3.12")),
        ("docker.io/library/python:3.11", Some("3.11")),
        (
            "nexus.example:5000/python:3.13rc-slim@sha256:00",
            Some("3.13"),
        ),
        ("python:3-slim", None),
        ("python", None),
        ("nvidia/cuda:12.4.1-runtime-ubuntu22.04", None),
        ("cimg/pypython:3.11", None),
    ] {
        assert_eq!(said(image).as_deref(), version, "{image}");
    }
    let digest = "0".repeat(64);
    let pinned = format!("a/b@sha256:{digest}");
    ok(image, &["python", "a.b:5000/x/y:Tag", &pinned]);
    wrong(
        image,
        &[
            "",
            "scratch",
            "Python:3.11",
            "https://x/y",
            "a b",
            "python:",
            "-x",
        ],
    );
}

#[test]
fn packages_and_people() {
    ok(
        apt_package,
        &[
            "git",
            "g++",
            "libc6:arm64",
            "curl=7.88.1-10+deb12u5",
            "libx=1:2~rc",
        ],
    );
    wrong(
        apt_package,
        &["", "-y", "git-", "git curl", "Git", "git=", "a;b"],
    );
    ok(user_name, &["app", "_apt", "www-data"]);
    wrong(user_name, &["", "root", "App", "1a", "a:b", "-a"]);
    assert_eq!(uid(1000), Ok(1000));
    assert!(
        [0, -1, 1 << 32, i64::from(u32::MAX)]
            .iter()
            .all(|id| uid(*id).is_err())
    );
}

#[test]
fn port_specifications() {
    assert_eq!(ports("8000").unwrap(), ["8000/tcp"]);
    assert_eq!(ports("53/UDP").unwrap(), ["53/udp"]);
    assert_eq!(ports("1-3").unwrap(), ["1/tcp", "2/tcp", "3/tcp"]);
    wrong(
        ports,
        &[
            "",
            "0",
            "65536",
            "8000/http",
            "80:80",
            "3-1",
            "1-65535",
            "-1",
            "x",
        ],
    );
}

#[test]
fn durations_and_modes() {
    assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
    assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
    assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
    wrong(
        duration,
        &[
            "",
            "30",
            "30 s",
            "s",
            "1.s",
            "1d",
            "0s",
            "99999999h",
            "1.5.5s",
        ],
    );
    assert_eq!(mode("0755"), Ok(0o755));
    assert_eq!(mode("0o4755"), Ok(0o4755));
    wrong(mode, &["", "7", "0855", "77777", "rwx", "+755"]);
}

#[test]
fn paths_and_urls() {
    assert_eq!(context_path("./a/b").unwrap(), "a/b");
    assert_eq!(context_path("./").unwrap(), ".");
    wrong(context_path, &["", "/a", "../a", "a/../b", "http://x"]);
    ok(requirement_path, &["r/{variant}-{arch}.txt"]);
    wrong(requirement_path, &["{x}", "{variant", "}", "a/"]);
    ok(
        image_path,
        &[
            "/",
            "/app",
            "${env:HOME}/x",
            "${env:HOME}/dev",
            "/device",
            "/a/dev",
        ],
    );
    wrong(
        image_path,
        &[
            "",
            "app",
            "/a/../b",
            "/opt/venv",
            "//opt/./venv/x",
            "/dev",
            "/proc/x",
            "//sys/./y",
        ],
    );
    wrong(image_directory, &["/", "//", "/./"]);
    assert_eq!(url_prefix("https://a/b/").unwrap(), "https://a/b");
    wrong(
        url_prefix,
        &["", "a/b", "https://", "https:///x", "http://a b", "ftp://a"],
    );
    assert_eq!(http_probe("8000").unwrap(), "8000/");
    wrong(
        http_probe,
        &["", "/health", "http://localhost", "0/", "80/a b"],
    );
}

#[test]
fn names_of_things() {
    ok(signal, &["SIGTERM", "SIGRTMIN+3", "15"]);
    wrong(signal, &["", "TERM", "sigterm", "0", "99"]);
    ok(env_name, &["A", "_b1"]);
    wrong(env_name, &["", "1A", "A-B", "A=B"]);
    ok(label_key, &["org.opencontainers.image.title"]);
    wrong(label_key, &["", "a b", "a=b"]);
    ok(project_name, &["ragex", "team/ragex-2"]);
    wrong(project_name, &["", "Ragex", "-x", "x/", "a b"]);
}

#[test]
fn signals_that_exist() {
    ok(
        signal,
        &[
            "SIGTERM",
            "SIGUSR1",
            "SIGRTMIN",
            "SIGRTMIN+15",
            "SIGRTMAX-14",
            "SIGRTMAX",
            "1",
            "64",
        ],
    );
    let help = |text| signal(text).unwrap_err().help;
    for (text, near) in [
        ("term", "write `SIGTERM`"),
        ("INT", "write `SIGINT`"),
        ("sigrtmin+3", "write `SIGRTMIN+3`"),
        ("SIGTREM", "did you mean `SIGTERM`?"),
        ("QIUT", "did you mean `SIGQUIT`?"),
    ] {
        assert_eq!(help(text), near, "{text}");
    }
    for text in ["FOO", "SIGFOO", "", "0", "65", "SIG"] {
        assert!(help(text).starts_with("use a name of signal(7)"), "{text}");
    }
    assert!(help("SIGRTMIN+16").starts_with("real-time signals are"));
}
