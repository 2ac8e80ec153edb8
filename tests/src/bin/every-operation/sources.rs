//! Sources of every kind: image, directory of the client, git, web, image
//! directory.

use buildkit_llb::source::{Differ, LocalSource, ResolveMode};
use buildkit_llb::{CopyFrom, File, GitUrl, Output, Reference, Source, at};

use crate::Piece;
use crate::given::Given;

pub(crate) fn pieces(given: &Given) -> Vec<Piece> {
    let mut all = images(given);
    all.extend(locals(given));
    all.extend(repositories(given));
    all.extend(web(given));
    all
}

fn images(given: &Given) -> Vec<Piece> {
    let small = || Source::image(given.small.clone()).platform(given.platform.clone());
    let (store, digest) = &given.layout;
    let mut all = vec![
        Piece::new("image", small().output()),
        Piece::new(
            "image-layers",
            small()
                .resolve_mode(ResolveMode::Pull)
                .layer_limit(1)
                .output(),
        ),
    ];
    // The name is for messages: the digest says what is meant.
    if let Ok(reference) = format!("layout@{digest}").parse::<Reference>() {
        let layout = Source::oci_layout(reference)
            .platform(given.platform.clone())
            .store(&given.session, store);
        all.push(Piece::new("oci-layout", layout.output()));
    }
    all
}

/// The build context.
pub(crate) fn context(given: &Given) -> LocalSource {
    Source::local("context")
        .session(&given.session)
        .shared_key("every-operation")
}

fn locals(given: &Given) -> Vec<Piece> {
    vec![
        Piece::new(
            "local",
            context(given)
                .include(["sent"])
                .exclude(["**/*.bak"])
                .differ(Differ::None)
                .output(),
        ),
        Piece::new("local-follow", context(given).follow(["link"]).output()),
    ]
}

fn repositories(given: &Given) -> Vec<Piece> {
    let source = |url: &GitUrl| Source::git(url.clone());
    let url = &given.repository;
    let kept = source(url).reference("main").keep_git_dir().output();
    let head = CopyFrom::tree(&kept, at("/.git/HEAD"), at("/HEAD"));
    vec![
        Piece::new("git", source(url).reference("main").output()),
        Piece::new(
            "git-subdir",
            source(url).reference("v1").subdir("inner").output(),
        ),
        Piece::new("git-commit", source(url).reference(&given.commit).output()),
        // All else in it differs from checkout to checkout.
        Piece::new("git-keep", File::on(&Output::SCRATCH).action(head).output()),
        Piece::new(
            "git-checksum",
            source(url).reference("v1").checksum(&given.commit).output(),
        ),
    ]
}

fn web(given: &Given) -> Vec<Piece> {
    let (url, digest) = &given.greeting;
    vec![
        Piece::new("http", Source::http(url.clone()).output()),
        Piece::new(
            "http-options",
            Source::http(url.clone())
                .checksum(digest)
                .filename("renamed.txt")
                .mode(0o640)
                .owner(1000, 1001)
                .output(),
        ),
        Piece::new(
            "http-headers",
            Source::http(url.clone())
                .accept("text/x-every-operation")
                .user_agent("every-operation")
                .output(),
        ),
    ]
}
