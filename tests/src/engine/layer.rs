//! A layer of an image: the paths that its archive adds, changes and removes.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::LazyLock;

use flate2::read::MultiGzDecoder;
use memchr::memmem::Finder;
use sha2::{Digest, Sha256};
use tar::{Archive, EntryType};

/// Texts that no image may contain: a line of the secret `ca-certificates`, and
/// the password of the secret `netrc`.
pub const SECRETS: [&str; 2] = ["lamina-e2e-mark-of-the-ca-secret-5b0f7a", "s3cret"];

static FINDERS: LazyLock<Vec<Finder<'static>>> =
    LazyLock::new(|| SECRETS.iter().map(Finder::new).collect());

/// The largest size of a file whose content is kept for tests.
const KEPT: u64 = 64 << 10;

/// The kind of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, with its target.
    Symlink(String),
    /// A hard link to another path.
    Hardlink(String),
    /// A device or a pipe.
    Other(u8),
}

/// A path of a layer.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its kind.
    pub kind: Kind,
    /// Its permission bits.
    pub mode: u32,
    /// Its owner.
    pub uid: u64,
    /// Its group.
    pub gid: u64,
    /// Its size.
    pub size: u64,
    /// The SHA-256 of its content.
    pub digest: [u8; 32],
    /// The machine of a program or library (ELF).
    pub machine: Option<u16>,
    /// Extended attributes.
    pub attributes: BTreeMap<String, Vec<u8>>,
    /// Its content, if tests need it.
    pub content: Option<Vec<u8>>,
    /// Those of [`SECRETS`] that its content contains.
    pub secrets: Vec<&'static str>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let it = self;
        let start = u32::from_be_bytes([it.digest[0], it.digest[1], it.digest[2], it.digest[3]]);
        write!(f, "{:?} {:04o} {}:{} ", it.kind, it.mode, it.uid, it.gid)?;
        write!(f, "{} {start:08x}", it.size)
    }
}

impl Entry {
    /// Its content, as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        let content = self
            .content
            .as_deref()
            .expect("the test keeps files of this name");
        std::str::from_utf8(content).expect("it is text")
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind == Kind::Directory
    }

    /// Whether it is writable for everyone.
    pub fn is_world_writable(&self) -> bool {
        !matches!(self.kind, Kind::Symlink(_)) && self.mode & 0o002 != 0
    }
}

/// The content of an archive.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    /// The entries by path, without leading or trailing slashes.
    pub entries: BTreeMap<String, Entry>,
    /// The paths that it removes from the layers below.
    pub removed: Vec<String>,
    /// The directories that hide the content of the layers below (opaque).
    pub opaque: Vec<String>,
}

impl Layer {
    /// Reads the archive of a layer, compressed or not.
    pub fn read(mut from: impl Read) -> io::Result<Self> {
        let mut head = [0; 2];
        from.read_exact(&mut head)?;
        let whole = head.chain(from);
        if head == [0x1f, 0x8b] {
            Self::unpack(MultiGzDecoder::new(whole))
        } else {
            Self::unpack(whole)
        }
    }

    fn unpack(from: impl Read) -> io::Result<Self> {
        let mut layer = Self::default();
        let mut archive = Archive::new(from);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let path = path.trim_start_matches("./").trim_matches('/').to_owned();
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", &path));
            if name == ".wh..wh..opq" {
                layer.opaque.push(directory.to_owned());
            } else if let Some(gone) = name.strip_prefix(".wh.") {
                layer
                    .removed
                    .push(format!("{directory}/{gone}").trim_matches('/').to_owned());
            } else if !path.is_empty() {
                let read = read_entry(&path, &mut entry)?;
                layer.entries.insert(path, read);
            }
        }
        // The stream continues after the last entry.
        io::copy(&mut archive.into_inner(), &mut io::sink())?;
        Ok(layer)
    }
}

fn read_entry(path: &str, entry: &mut tar::Entry<'_, impl Read>) -> io::Result<Entry> {
    let target = |entry: &tar::Entry<'_, _>| {
        let name = entry.link_name_bytes().unwrap_or_default();
        String::from_utf8_lossy(&name).into_owned()
    };
    let kind = match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous => Kind::File,
        EntryType::Directory => Kind::Directory,
        EntryType::Symlink => Kind::Symlink(target(entry)),
        EntryType::Link => Kind::Hardlink(target(entry).trim_start_matches("./").to_owned()),
        other => Kind::Other(other.as_byte()),
    };
    let mut attributes = BTreeMap::new();
    for extension in entry.pax_extensions()?.into_iter().flatten().flatten() {
        let key = extension.key().unwrap_or_default();
        if let Some(name) = key.strip_prefix("SCHILY.xattr.") {
            attributes.insert(name.to_owned(), extension.value_bytes().to_owned());
        }
    }
    let header = entry.header();
    let (mode, uid, gid) = (header.mode()? & 0o7777, header.uid()?, header.gid()?);
    let mut content = Vec::new();
    let size = entry.read_to_end(&mut content)? as u64;
    let secrets = SECRETS
        .iter()
        .zip(FINDERS.iter())
        // The word is too short: unrelated files may contain it.
        .filter(|(word, _)| word.len() > 8 || size < KEPT)
        .filter(|(_, finder)| finder.find(&content).is_some())
        .map(|(word, _)| *word)
        .collect();
    let digest = Sha256::digest(&content).into();
    Ok(Entry {
        kind,
        mode,
        uid,
        gid,
        size,
        digest,
        machine: machine(&content),
        attributes,
        secrets,
        content: (size < KEPT && is_looked_at(path)).then_some(content),
    })
}

fn machine(content: &[u8]) -> Option<u16> {
    let number = content.get(18..20)?.try_into().ok()?;
    content
        .starts_with(b"\x7fELF")
        .then(|| u16::from_le_bytes(number))
}

/// Whether tests need the content of a file, not only its digest.
fn is_looked_at(path: &str) -> bool {
    let directories = ["etc/", "app/", "opt/venv/bin/", "srv/", "tmp/"];
    directories
        .iter()
        .any(|directory| path.starts_with(directory))
        || path.ends_with("/METADATA")
}
