//! Merging what a variant says with what it inherits.
//!
//! Everything here takes time linear in the lengths of both.

use std::collections::BTreeMap;

/// An array as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct List<T> {
    pub(super) items: Vec<Item<T>>,
}

/// An element of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item<T> {
    /// `"..."`: what is inherited goes here. Once in an array.
    Inherited,
    /// Anything else.
    Own(T),
}

impl<T> List<T> {
    /// The elements, once there is nothing more to inherit.
    pub(super) fn own(&self) -> impl Iterator<Item = &T> {
        self.items.iter().filter_map(|item| match item {
            Item::Inherited => None,
            Item::Own(value) => Some(value),
        })
    }

    /// Whether it takes in what is inherited.
    pub(super) fn inherits(&self) -> bool {
        let mut items = self.items.iter();
        items.any(|item| matches!(item, Item::Inherited))
    }

    /// Whether it is `["..."]`: without anything to inherit, not even an empty
    /// array.
    pub(super) fn only_inherits(&self) -> bool {
        matches!(self.items[..], [Item::Inherited])
    }
}

impl<T: Clone> List<T> {
    /// The elements in a vector.
    pub(super) fn to_vec(&self) -> Vec<T> {
        self.own().cloned().collect()
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self {
            items: items.into_iter().map(Item::Own).collect(),
        }
    }
}

/// One value: the child's, else the parent's.
pub(super) fn inherit<T: Clone>(child: Option<&T>, parent: Option<&T>) -> Option<T> {
    child.or(parent).cloned()
}

/// An array: the child's replaces the parent's, or takes it in.
pub(super) fn inherit_list<T: Clone>(
    child: Option<&List<T>>,
    parent: Option<&List<T>>,
) -> Option<List<T>> {
    let Some(child) = child else {
        return parent.cloned();
    };
    if parent.is_none() && child.only_inherits() {
        return None;
    }
    let mut items = Vec::new();
    for item in &child.items {
        match item {
            Item::Inherited => items.extend(parent.into_iter().flat_map(List::own).cloned()),
            Item::Own(value) => items.push(value.clone()),
        }
    }
    Some(items.into_iter().collect())
}

/// A table: key by key, in the order of their first mention.
pub(super) fn inherit_pairs<T: Clone>(
    child: &[(String, T)],
    parent: &[(String, T)],
) -> Vec<(String, T)> {
    let mut merged = parent.to_vec();
    if child.is_empty() {
        return merged;
    }
    let places: BTreeMap<&str, usize> = parent
        .iter()
        .enumerate()
        .map(|(index, (key, _))| (key.as_str(), index))
        .collect();
    for (key, value) in child {
        match places.get(key.as_str()).and_then(|at| merged.get_mut(*at)) {
            Some(pair) => pair.1 = value.clone(),
            None => merged.push((key.clone(), value.clone())),
        }
    }
    merged
}

/// An array whose elements are known by a key, as layers are by their name.
pub(super) trait Keyed: Clone {
    /// What it is known by.
    fn key(&self) -> &str;

    /// This element merged over the parent's element of the same key.
    fn inherit(&self, parent: &Self) -> Self;

    /// Whether new elements without this property go below it.
    fn is_on_top(&self) -> bool {
        false
    }
}

/// Those of the parent keep their place, with the child's merged in; new ones
/// go where the child's `"..."` says, otherwise after them (but below those on
/// top).
pub(super) fn inherit_keyed<T: Keyed>(
    child: Option<&List<T>>,
    parent: Option<&List<T>>,
) -> Option<List<T>> {
    let Some(child) = child else {
        return parent.cloned();
    };
    let mut merged: Vec<T> = parent.map(List::to_vec).unwrap_or_default();
    let places: BTreeMap<String, usize> = merged
        .iter()
        .enumerate()
        .map(|(index, element)| (element.key().to_owned(), index))
        .collect();
    let dots = child
        .items
        .iter()
        .position(|i| matches!(i, Item::Inherited));
    let (mut before, mut below_top, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for (index, item) in child.items.iter().enumerate() {
        let Item::Own(own) = item else { continue };
        if let Some(known) = places.get(own.key()).and_then(|at| merged.get_mut(*at)) {
            *known = own.inherit(known);
        } else if dots.is_some_and(|dots| index < dots) {
            before.push(own.clone());
        } else if own.is_on_top() {
            last.push(own.clone());
        } else {
            below_top.push(own.clone());
        }
    }
    before.append(&mut merged);
    let top = before.iter().position(T::is_on_top).unwrap_or(before.len());
    let on_top = before.split_off(top);
    before.extend(below_top.into_iter().chain(on_top).chain(last));
    Some(before.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::Item::{Inherited, Own};
    use super::*;

    fn list<T: Clone>(items: &[Item<T>]) -> List<T> {
        List {
            items: items.to_vec(),
        }
    }

    #[test]
    fn arrays_replace_or_take_in() {
        let parent = list(&[Own(1), Own(2)]);
        let result = |child: &[Item<i32>]| {
            inherit_list(Some(&list(child)), Some(&parent))
                .unwrap()
                .to_vec()
        };
        assert_eq!(result(&[Own(3)]), [3]);
        assert_eq!(result(&[]), [0; 0]);
        assert_eq!(result(&[Own(0), Inherited, Own(3)]), [0, 1, 2, 3]);
        assert_eq!(inherit_list(None, Some(&parent)), Some(parent.clone()));
        let merged = inherit_list(Some(&list(&[Inherited, Own(3)])), None).unwrap();
        assert_eq!(merged.to_vec(), [3]);
    }

    #[test]
    fn tables_merge_by_key() {
        let pairs = |keys: &str, value: i32| -> Vec<(String, i32)> {
            keys.chars().map(|key| (key.to_string(), value)).collect()
        };
        let merged = inherit_pairs(&pairs("bx", 2), &pairs("abc", 1));
        let merged: Vec<_> = merged.iter().map(|(k, v)| format!("{k}{v}")).collect();
        assert_eq!(merged, ["a1", "b2", "c1", "x2"]);
    }

    impl Keyed for (&'static str, i32) {
        fn key(&self) -> &str {
            self.0
        }

        fn inherit(&self, parent: &Self) -> Self {
            (self.0, self.1 + parent.1)
        }

        fn is_on_top(&self) -> bool {
            self.1 > 9
        }
    }

    #[test]
    fn keyed_elements_keep_their_place() {
        let result = |parent: &[_], child: &[Item<(&'static str, i32)>]| {
            inherit_keyed(Some(&list(child)), Some(&list(parent)))
                .unwrap()
                .to_vec()
        };
        let parent = [Own(("a", 1)), Own(("b", 1))];
        assert_eq!(result(&parent, &[Own(("b", 2))]), [("a", 1), ("b", 3)]);
        assert_eq!(
            result(
                &parent,
                &[Own(("x", 0)), Own(("y", 0)), Inherited, Own(("z", 0))]
            ),
            [("x", 0), ("y", 0), ("a", 1), ("b", 1), ("z", 0)]
        );
        assert_eq!(
            result(
                &[Own(("a", 1)), Own(("top", 10))],
                &[Own(("x", 0)), Own(("tip", 10)), Own(("y", 0))]
            ),
            [("a", 1), ("x", 0), ("y", 0), ("top", 10), ("tip", 10)]
        );
    }
}
