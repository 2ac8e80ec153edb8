//! Files of any content and any length: no panic, and linear time.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn mutated_files_never_panic() {
    let text = everything();
    let chars: Vec<char> = text.chars().collect();
    let odd: Vec<char> = "\0\\\"'#;@[]()${}:/-= \n\r,<~é\u{2028}\u{feff}x1"
        .chars()
        .collect();
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    for round in 0..1500 {
        let mut changed = chars.clone();
        changed.truncate(1 + random(chars.len()));
        for _ in 0..round % 7 {
            let at = random(changed.len());
            match random(3) {
                0 => changed[at] = odd[random(odd.len())],
                1 => changed.insert(at, odd[random(odd.len())]),
                _ => drop(changed.drain(at..(at + random(9)).min(changed.len()))),
            }
            if changed.is_empty() {
                break;
            }
        }
        let text: String = changed.into_iter().collect();
        if let Err(errors) = read(&[("a.txt", &text)], &[], "linux/amd64") {
            errors.render();
        }
    }
}

#[test]
fn time_is_linear() {
    let bad_names = |n: usize| "=x\n".repeat(n);
    let kinds: &[(&str, &dyn Fn(usize) -> String)] = &[
        ("lines", &|n| {
            (0..n).map(|i| format!("pkg-{i}>=1,<2\n")).collect()
        }),
        ("equal lines", &|n| "numpy>=1,<2\n".repeat(n)),
        ("indexes", &|n| {
            (0..n)
                .map(|i| format!("-i https://a\n--extra-index-url https://a/{i}\n"))
                .collect()
        }),
        ("wheels only", &|n| {
            (0..n)
                .map(|i| format!("--only-binary p{i}\n--no-binary q{i}\n--pre\n"))
                .collect()
        }),
        ("continued", &|n| "a==1 \\\n".repeat(n)),
        ("a long line", &|n| "x".repeat(10 * n)),
        ("long and wrong", &|n| "x ".repeat(10 * n)),
        ("hashes", &|n| {
            format!("a==1 {}", format!("--hash=sha256:{SHA} ").repeat(n / 10))
        }),
        ("specifiers", &|n| format!("a>=1{}", ",>=1".repeat(n))),
        ("extras", &|n| format!("a[b{}]", ",b".repeat(n))),
        ("markers", &|n| {
            format!("a ; os_name=='a'{}", " and os_name=='a'".repeat(n))
        }),
        ("parentheses", &|n| format!("a ; {}", "(".repeat(n))),
        ("variables", &|n| format!("a=={}", "${TORCH}".repeat(n))),
        ("almost variables", &|n| format!("a=={}", "${A${".repeat(n))),
        ("schemes", &|n| format!("a @ {}", "https://a:".repeat(n))),
        ("semicolons", &|n| format!("https://a/{}", ";x".repeat(n))),
        ("backslashes", &|n| "\\".repeat(10 * n)),
        ("errors", &bad_names),
        ("NUL", &|n| "\0\n".repeat(n)),
        ("includes", &|n| "-r b.txt\n-c b.txt\n".repeat(n)),
        ("quotes", &|n| format!("--pre {}", "'\"".repeat(n))),
        ("variables in many lines", &|n| "${X}\n".repeat(n)),
        ("slow options", &|n| format!("--{}", "x".repeat(10 * n))),
    ];
    for (name, text) in kinds {
        let text = text(20_000);
        let start = Instant::now();
        let result = read(&[("a.txt", &text), ("b.txt", "b")], &[], "linux/amd64");
        if let Err(errors) = result {
            errors.render();
        }
        let took = start.elapsed();
        // Quadratic time would be minutes; the machine may be busy.
        assert!(took < Duration::from_secs(10), "{name}: {took:?}");
        println!("{name}: {took:?}");
    }
}
