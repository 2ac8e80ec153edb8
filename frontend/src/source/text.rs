//! How messages write lists and sizes.

/// Names as a sentence lists them: `` `a`, `b` and `c` ``.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|n| format!("`{n}`")).collect();
    match names.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// A number of bytes, rounded up: what is over a limit never looks equal to
/// it.
pub(crate) fn binary_size(bytes: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    if bytes < KIB {
        return format!("{bytes} bytes");
    }
    if bytes < MIB {
        return format!("{} KiB", bytes.div_ceil(KIB));
    }
    let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(MIB));
    match tenths % 10 {
        0 => format!("{} MiB", tenths / 10),
        tenth => format!("{}.{tenth} MiB", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        assert_eq!(listed([]), "none");
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
    }

    #[test]
    fn sizes_are_rounded_up() {
        assert_eq!(binary_size(0), "0 bytes");
        assert_eq!(binary_size(1023), "1023 bytes");
        assert_eq!(binary_size(256 << 10), "256 KiB");
        assert_eq!(binary_size((256 << 10) + 1), "257 KiB");
        assert_eq!(binary_size(8 << 20), "8 MiB");
        assert_eq!(binary_size((8 << 20) + 1), "8.1 MiB");
        assert_eq!(binary_size(40 << 20), "40 MiB");
        assert_eq!(binary_size(u64::MAX), "17592186044416 MiB");
    }
}
