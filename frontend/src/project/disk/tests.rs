use std::os::unix::fs::symlink;

use futures_util::FutureExt;

use super::*;

/// A directory with a secret beside a build context; removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("lamina-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(place.join("context/requirements")).unwrap();
        fs::create_dir_all(place.join("context/shared")).unwrap();
        fs::write(place.join("secret.txt"), "secret").unwrap();
        fs::write(place.join("context/shared/real.txt"), "real").unwrap();
        Self(place)
    }

    fn context(&self) -> PathBuf {
        self.0.join("context")
    }

    fn link(&self, path: &str, target: impl AsRef<Path>) {
        symlink(target, self.context().join(path)).unwrap();
    }

    fn read(&self, path: &str) -> Content {
        let mut files = DiskFiles::new(&self.context(), None);
        let paths = BTreeSet::from([path.to_owned()]);
        let answer = files
            .read(&paths, 100, 100)
            .now_or_never()
            .expect("it is ready");
        answer
            .unwrap()
            .remove(path)
            .expect("every path is answered")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn bytes(text: &str) -> Content {
    Content::Bytes(text.into())
}

#[test]
fn links_within_the_context_are_followed() {
    let place = Place::new("inside");
    place.link("requirements/relative.txt", "../shared/real.txt");
    place.link("requirements/absolute.txt", "/shared/real.txt");
    place.link("requirements/chain.txt", "relative.txt");
    place.link("linked", "shared");
    // No further up than to the root, as for BuildKit.
    place.link("requirements/above.txt", "../../../../shared/real.txt");
    for path in [
        "shared/real.txt",
        "./shared//real.txt",
        "requirements/relative.txt",
        "requirements/absolute.txt",
        "requirements/chain.txt",
        "linked/real.txt",
        "requirements/above.txt",
    ] {
        assert_eq!(place.read(path), bytes("real"), "{path}");
    }
    assert_eq!(place.read("linked"), Content::Directory);
}

#[test]
fn links_out_of_the_context_are_not_followed() {
    let place = Place::new("outside");
    place.link("requirements/relative.txt", "../../secret.txt");
    place.link("requirements/absolute.txt", place.0.join("secret.txt"));
    place.link("requirements/chain.txt", "relative.txt");
    place.link("linked", "..");
    place.link("requirements/broken.txt", "nothing.txt");
    place.link("requirements/device.txt", "/dev/zero");
    for path in [
        "requirements/relative.txt",
        "requirements/absolute.txt",
        "requirements/chain.txt",
        "linked/secret.txt",
        "../secret.txt",
        "requirements/device.txt",
    ] {
        assert_eq!(place.read(path), Content::Outside, "{path}");
    }
    assert_eq!(place.read("requirements/broken.txt"), Content::Missing);
    assert_eq!(place.read("requirements/none.txt"), Content::Missing);
}

#[test]
fn cycles_of_links_end() {
    let place = Place::new("cycles");
    place.link("one", "other");
    place.link("other", "one");
    place.link("self", "self/self");
    place.link("root", ".");
    assert_eq!(place.read("one"), Content::Missing);
    assert_eq!(place.read("self"), Content::Missing);
    assert_eq!(place.read("root/root/shared/real.txt"), bytes("real"));
    let deep = "root/".repeat(50) + "shared/real.txt";
    assert_eq!(place.read(&deep), Content::Missing);
}

#[test]
fn only_regular_files_are_opened_and_only_short_ones() {
    let place = Place::new("special");
    let socket = place.context().join("socket");
    let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert_eq!(place.read("socket"), Content::Special);
    assert_eq!(place.read("shared"), Content::Directory);
    fs::write(place.context().join("long"), vec![0; 101]).unwrap();
    assert_eq!(place.read("long"), Content::TooLarge(Some(101)));
    assert_eq!(place.read("shared/real.txt/x"), Content::Missing);
}

#[test]
fn listings_have_links_but_no_directories() {
    let place = Place::new("listing");
    place.link("requirements/link.txt", "/nowhere");
    place.link("src", "shared");
    fs::create_dir_all(place.context().join("requirements/directory.txt")).unwrap();
    fs::create_dir_all(place.context().join("app")).unwrap();
    fs::write(place.context().join("requirements/a.txt"), "").unwrap();
    fs::write(place.context().join("requirements/a.in"), "").unwrap();
    let mut files = DiskFiles::new(&place.context(), None);
    let wanted = Wanted {
        text_directories: ["requirements", "linked", "none"].map(str::to_owned).into(),
        directories: ["src", "app", "none"].map(str::to_owned).into(),
        files: BTreeSet::new(),
    };
    place.link("linked", "shared");
    let listed = files.list(&wanted).now_or_never().expect("it is ready");
    let listed = listed.unwrap();
    let text_files: Vec<&str> = listed.text_files.iter().map(String::as_str).collect();
    assert_eq!(
        text_files,
        [
            "linked/real.txt",
            "requirements/a.txt",
            "requirements/link.txt"
        ]
    );
    assert_eq!(listed.directories, ["app".to_owned()].into());
}

#[test]
fn a_stub_that_leads_out_of_its_directory_is_an_error() {
    let place = Place::new("stub");
    let stub = |files: &mut DiskFiles| files.stub().now_or_never().expect("it is ready");
    let mut files = DiskFiles::new(&place.context(), None);
    let missing = stub(&mut files).unwrap_err().to_string();
    assert!(
        missing.contains("context/Dockerfile: no such file"),
        "{missing}"
    );
    place.link("Dockerfile", "../secret.txt");
    let outside = stub(&mut files).unwrap_err().to_string();
    assert!(outside.contains("outside of its directory"), "{outside}");
    place.link("lamina.toml", "shared/real.txt");
    let named = place.context().join("lamina.toml");
    let mut files = DiskFiles::new(&place.context(), Some(&named));
    assert_eq!(stub(&mut files).unwrap().name, "lamina.toml");
}

#[test]
fn the_files_of_a_batch_have_a_total() {
    let place = Place::new("total");
    for number in 0..40 {
        let path = place.context().join(format!("{number:02}"));
        // Sparse: they take no space.
        fs::File::create(path).unwrap().set_len(39 << 10).unwrap();
    }
    fs::write(place.context().join("99"), "short").unwrap();
    let paths: BTreeSet<String> = (0..40).map(|it| format!("{it:02}")).collect();
    let paths = paths.into_iter().chain(["99".to_owned()]).collect();
    let mut files = DiskFiles::new(&place.context(), None);
    let answer = files.read(&paths, 40 << 10, 80 << 10).now_or_never();
    let contents: Vec<Content> = answer
        .expect("it is ready")
        .unwrap()
        .into_values()
        .collect();
    assert!(
        contents[..2]
            .iter()
            .all(|it| matches!(it, Content::Bytes(_)))
    );
    assert!(contents[2..].iter().all(|it| *it == Content::Unread));
    assert_eq!(contents.len(), 41);
}

#[test]
fn the_ignore_file_of_a_stub_is_never_ignored() {
    let place = Place::new("ignore");
    fs::write(place.context().join("Dockerfile"), "").unwrap();
    let path = place.context().join("Dockerfile.dockerignore");
    let ignore = || {
        let mut files = DiskFiles::new(&place.context(), None);
        let stub = files.stub().now_or_never().expect("it is ready");
        stub.unwrap().ignore
    };
    assert_eq!(ignore(), None);
    fs::File::create(&path).unwrap().set_len(2 << 20).unwrap();
    assert_eq!(ignore(), Some(Content::TooLarge(Some(2 << 20))));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(ignore(), Some(Content::Directory));
}
