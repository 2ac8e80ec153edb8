//! Arrays that inherit: `"..."` stands for what the parent has.

/// An array as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct List<T> {
    pub(super) items: Vec<Item<T>>,
}

/// An element of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item<T> {
    /// `"..."`
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
}

/// A child's array over its parent's: it replaces, or takes in.
pub(super) fn over<T: Clone>(child: Option<&List<T>>, parent: Option<&List<T>>) -> Option<List<T>> {
    let Some(child) = child else {
        return parent.cloned();
    };
    let inherited = || parent.into_iter().flat_map(List::own).cloned();
    let mut items = Vec::new();
    for item in &child.items {
        match item {
            Item::Inherited => items.extend(inherited().map(Item::Own)),
            Item::Own(value) => items.push(Item::Own(value.clone())),
        }
    }
    Some(List { items })
}

/// A child's elements over its parent's, each known by a key: those of the
/// parent keep their place, with the child's merged in; new ones go where the
/// child's `"..."` says, otherwise after them. `place` may ask for an earlier
/// place among those that are there.
pub(super) fn over_by_key<T: Clone, K: PartialEq>(
    child: Option<&List<T>>,
    parent: Option<&List<T>>,
    key: impl Fn(&T) -> K,
    merge: impl Fn(&T, &T) -> T,
    place: impl Fn(&T, &[T]) -> usize,
) -> Option<List<T>> {
    let Some(child) = child else {
        return parent.cloned();
    };
    let mut merged: Vec<T> = parent.into_iter().flat_map(List::own).cloned().collect();
    let dots = child
        .items
        .iter()
        .position(|i| matches!(i, Item::Inherited));
    let mut front = 0;
    for (index, item) in child.items.iter().enumerate() {
        let Item::Own(own) = item else { continue };
        if let Some(known) = merged.iter_mut().find(|known| key(known) == key(own)) {
            *known = merge(own, known);
        } else if dots.is_some_and(|dots| index < dots) {
            merged.insert(front, own.clone());
            front += 1;
        } else {
            let at = place(own, &merged).min(merged.len());
            merged.insert(at, own.clone());
        }
    }
    Some(List {
        items: merged.into_iter().map(Item::Own).collect(),
    })
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
            let merged = over(Some(&list(child)), Some(&parent)).unwrap();
            merged.own().copied().collect::<Vec<_>>()
        };
        assert_eq!(result(&[Own(3)]), [3]);
        assert_eq!(result(&[]), [0; 0]);
        assert_eq!(result(&[Own(0), Inherited, Own(3)]), [0, 1, 2, 3]);
        assert_eq!(over(None, Some(&parent)), Some(parent.clone()));
        let merged = over(Some(&list(&[Inherited, Own(3)])), None).unwrap();
        assert_eq!(merged.own().copied().collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn keyed_elements_keep_their_place() {
        let parent = list(&[Own(("a", 1)), Own(("b", 1))]);
        let result = |child: &[Item<(&'static str, i32)>]| {
            let child = list(child);
            let merged = over_by_key(
                Some(&child),
                Some(&parent),
                |t| t.0,
                |own, inherited| (own.0, own.1 + inherited.1),
                |_, there| there.len(),
            );
            merged.unwrap().own().copied().collect::<Vec<_>>()
        };
        assert_eq!(result(&[Own(("b", 2))]), [("a", 1), ("b", 3)]);
        assert_eq!(
            result(&[Own(("x", 0)), Own(("y", 0)), Inherited, Own(("z", 0))]),
            [("x", 0), ("y", 0), ("a", 1), ("b", 1), ("z", 0)]
        );
    }
}
