//! The capabilities that one operation needs.

use crate::caps::Cap;

/// Capabilities, sorted, each once. Many operations need exactly one: that one is
/// stored in place.
#[derive(Clone, Debug)]
pub(crate) enum Needed {
    One(Cap),
    Any(Vec<Cap>),
}

impl Needed {
    pub(crate) fn as_slice(&self) -> &[Cap] {
        match self {
            Self::One(cap) => std::slice::from_ref(cap),
            Self::Any(caps) => caps,
        }
    }

    pub(crate) fn contains(&self, cap: &Cap) -> bool {
        self.as_slice().binary_search(cap).is_ok()
    }

    pub(crate) fn insert(&mut self, cap: Cap) {
        let Err(place) = self.as_slice().binary_search(&cap) else {
            return;
        };
        *self = match std::mem::take(self) {
            Self::Any(caps) if caps.is_empty() => Self::One(cap),
            Self::One(other) if place == 0 => Self::Any(vec![cap, other]),
            Self::One(other) => Self::Any(vec![other, cap]),
            Self::Any(mut caps) => {
                caps.insert(place, cap);
                Self::Any(caps)
            }
        };
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&Cap) -> bool) {
        let mut caps = self.as_slice().to_vec();
        caps.retain(keep);
        *self = caps.into_iter().collect();
    }
}

impl Default for Needed {
    fn default() -> Self {
        Self::Any(Vec::new())
    }
}

impl PartialEq for Needed {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl FromIterator<Cap> for Needed {
    fn from_iter<T: IntoIterator<Item = Cap>>(caps: T) -> Self {
        let mut caps: Vec<Cap> = caps.into_iter().collect();
        caps.sort();
        caps.dedup();
        match <[Cap; 1]>::try_from(caps) {
            Ok([cap]) => Self::One(cap),
            Err(caps) => Self::Any(caps),
        }
    }
}
