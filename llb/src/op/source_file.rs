//! Options of sources that give a single file: its name, mode and owner.

use crate::attr;
use crate::op::source::Source;

/// The methods of builders whose tree is one file; each wraps a [`Source`].
macro_rules! file_methods {
    ($builder:ty, $name:literal) => {
        impl $builder {
            #[doc = concat!("The file's name in the tree; ", $name, " if none is set.")]
            pub fn filename(mut self, name: &str) -> Self {
                self.inner.set($crate::attr::HTTP_FILENAME, name);
                self
            }

            /// The file's mode; 0600 if none is set, or 0.
            #[doc(alias = "Chmod")]
            pub fn mode(mut self, mode: u32) -> Self {
                $crate::op::source_file::set_mode(&mut self.inner, mode);
                self
            }

            /// The file's owner; root if none is set.
            #[doc(alias = "Chown")]
            pub fn owner(mut self, uid: u32, gid: u32) -> Self {
                $crate::op::source_file::set_owner(&mut self.inner, uid, gid);
                self
            }
        }
    };
}

pub(crate) use file_methods;

pub(crate) fn set_mode(source: &mut Source, mode: u32) {
    let value = match mode & 0o777 {
        0 => String::new(),
        mode => format!("0{mode:o}"),
    };
    source.set(attr::HTTP_PERM, value);
}

pub(crate) fn set_owner(source: &mut Source, uid: u32, gid: u32) {
    let number = |id: u32| match id {
        0 => String::new(),
        id => id.to_string(),
    };
    source.set(attr::HTTP_UID, number(uid));
    source.set(attr::HTTP_GID, number(gid));
}
