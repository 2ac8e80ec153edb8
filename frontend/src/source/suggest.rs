//! "Did you mean …?": the known name that is nearest to a mistyped one.

/// The name that somebody who typed `text` most likely meant, if any is close.
pub fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = text.to_lowercase();
    let length = lower.chars().count();
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&lower, &name.to_lowercase()), name))
        // A third of the letters may be wrong, and one always; but not all.
        .filter(|(distance, _)| *distance <= (length / 3).max(1) && *distance < length.max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The same as help, with another text where nothing is near.
pub(crate) fn did_you_mean<'a>(
    text: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    nearest(text, known).map_or_else(otherwise, |name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        let known = ["image", "apt", "user", "workdir"];
        assert_eq!(nearest("imgae", known), Some("image"));
        assert_eq!(nearest("Image", known), Some("image"));
        assert_eq!(nearest("atp", known), Some("apt"));
        assert_eq!(nearest("work_dir", known), Some("workdir"));
        assert_eq!(nearest("entrypoint", known), None);
        assert_eq!(nearest("", known), None);
    }
}
