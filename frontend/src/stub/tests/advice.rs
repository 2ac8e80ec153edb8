//! Help that rewrites a value: following it is accepted.

use super::*;

/// Values for a key of a table, each of them invalid.
const INVALID: &[(&str, &str, &[&str])] = &[
    (
        "[base]",
        "user",
        &[
            "\"root\"",
            "\"ragex\"",
            "\"Ragex\"",
            "\"1000\"",
            "\"0\"",
            "\"1000:1000\"",
            "\"app:app\"",
            "\"root:root\"",
            "\"\"",
            "\"a b\"",
            "\"${USER}\"",
            "\"${ROOT}\"",
            "0",
            "1000",
            "-1",
            "4294967295",
            "99999999999",
            "1.5",
            "true",
            "[]",
            "[\"app\"]",
            "1979-05-27",
        ],
    ),
    (
        "[base]",
        "image",
        &[
            "3",
            "3.11",
            "\"Python:3.11\"",
            "true",
            "\"\"",
            "\"https://x\"",
            "-1",
        ],
    ),
    (
        "[base]",
        "workdir",
        &[
            "5",
            "\"app\"",
            "\"./app\"",
            "\"opt/venv\"",
            "\"./\"",
            "\".\"",
            "true",
            "\"\"",
            "\"dev/x\"",
            "\"proc\"",
            "\"$${env:HOME}/x\"",
        ],
    ),
    (
        "[base.user]",
        "uid",
        &[
            "\"010\"",
            "\"1000\"",
            "\"0\"",
            "\"00\"",
            "\"+7\"",
            "\"4294967295\"",
            "\"x\"",
            "1.5",
        ],
    ),
    (
        "[base]",
        "apt",
        &[
            "\"git\"",
            "\"git curl\"",
            "\"git -y\"",
            "\"git, curl\"",
            "\"\"",
            "\"${A}\"",
            "1",
            "[7]",
            "[12]",
            "true",
        ],
    ),
    (
        "[base]",
        "dirs",
        &[
            "\"/data\"",
            "\"data\"",
            "\"/\"",
            "1",
            "[\"data\"]",
            "[\"./\"]",
            "[\".\"]",
            "[1]",
        ],
    ),
    (
        "[base.env]",
        "A",
        &["1", "true", "1.5", "1979-05-27", "[1]", "{ b = \"c\" }"],
    ),
    (
        "[python]",
        "version",
        &[
            "3",
            "3.11",
            "3.10",
            "3.1",
            "\"3.7\"",
            "\"3.7.1\"",
            "\"3.11.4\"",
            "\"2.7\"",
            "\"3.11.4.5\"",
            "true",
        ],
    ),
    ("[python]", "installer", &["1", "\"poetry\""]),
    (
        "[variant.cpu]",
        "platforms",
        &[
            "\"linux/amd64\"",
            "\"arm64\"",
            "\"x\"",
            "[\"aarch64\"]",
            "[\"x86_64\"]",
            "[\"armv7\"]",
            "[\"linux/amd46\"]",
            "1",
        ],
    ),
    (
        "[app]",
        "expose",
        &[
            "8000",
            "0",
            "\"53/udp\"",
            "\"80:80\"",
            "[\"80:80\"]",
            "-1",
            "true",
            "[true]",
        ],
    ),
    (
        "[app]",
        "volumes",
        &[
            "\"/data\"",
            "\"data\"",
            "[\"data\"]",
            "[\"./\"]",
            "[\"dev/x\"]",
            "[\"$${env:HOME}/x\"]",
        ],
    ),
    (
        "[app]",
        "cmd",
        &[
            "\"python x\"",
            "\"cd /x && y\"",
            "\"\"",
            "\"a 'b\"",
            "1",
            "\"a\\u0007b\"",
        ],
    ),
    ("[app]", "entrypoint", &["\"/x\"", "\"\"", "[1]"]),
    (
        "[app]",
        "stop_signal",
        &["\"term\"", "\"TERM\"", "\"SIGTREM\"", "15", "99", "true"],
    ),
    (
        "[app]",
        "copy",
        &[
            "\"src\"",
            "\".\"",
            "\"./lib/x/\"",
            "\"*.py\"",
            "\"../x\"",
            "\"/x\"",
            "\"${A}\"",
            "\"src:/app\"",
            "\"src:app\"",
            "1",
            "{ from = \"a\", to = \"/a\" }",
            "{ from = \"a\", to = \"a\" }",
            "{}",
            "[\"a\"]",
        ],
    ),
    ("[app.healthcheck]", "cmd", &["\"python x\"", "\"\"", "1"]),
    (
        "[app.healthcheck]\nhttp = \"80\"\n",
        "interval",
        &["30", "0", "-1", "\"5\"", "\"0\"", "\"99999999\"", "1.5"],
    ),
    (
        "[app.healthcheck]\nhttp = \"80\"\n",
        "retries",
        &[
            "\"3\"", "\"03\"", "\"0\"", "\"2000\"", "\"x\"", "0", "-1", "true",
        ],
    ),
    (
        "[[app.copy]]\nfrom = \"a\"\nto = \"/a\"\n",
        "mode",
        &["755", "0o755", "9", "1", "0x1ed", "\"x\""],
    ),
    (
        "[[python.layer]]\nname = \"ml\"\n",
        "requirements",
        &["1", "true", "[1]", "{}", "[[\"a.txt\"]]", "\"/a\""],
    ),
    (
        "[[python.layer]]\nname = \"ml\"\n",
        "packages",
        &["\"numpy\"", "\"\"", "1"],
    ),
    (
        "[[python.layer]]\npackages = [\"x\"]\n",
        "name",
        &["\"base-ml\"", "\"Base\"", "1"],
    ),
    ("[args]", "Z", &["1", "true", "1.5", "[1]"]),
];

/// What a help text tells to write.
fn advised(help: &str) -> Option<&str> {
    let starts = [
        "write `",
        "put it in quotes: `",
        "add the unit: `",
        "did you mean `",
        "without quotes: `",
    ];
    let start = starts
        .iter()
        .find_map(|start| Some(help.find(start)? + start.len()))?;
    let (text, _) = help[start..].split_once('`')?;
    // Examples with gaps are no replacements.
    (!text.contains('…') && !help.contains("as in")).then_some(text)
}

#[test]
fn accepts_what_help_says_to_write() {
    let (mut followed, mut wrong) = (0, Vec::new());
    for (table, key, values) in INVALID {
        for value in *values {
            let arguments = "[args]\nUSER = \"ragex\"\nROOT = \"root\"\nA = \"a\"\n";
            let arguments = if *table == "[args]" { "" } else { arguments };
            let body = |line: &str| format!("{arguments}{table}\n{line}\n");
            let Err(found) = loaded(&body(&format!("{key} = {value}")), &[]) else {
                continue;
            };
            for error in found.iter() {
                let summary = error.summary();
                let help = summary.strip_prefix(error.message()).unwrap_or_default();
                let Some(advice) = advised(help) else {
                    continue;
                };
                let whole = advice.starts_with(&format!("{key} = "));
                let bare = whole || help.contains("without quotes");
                let advice = match advice.chars().next() {
                    Some('"' | '[' | '{') => advice.to_owned(),
                    _ if bare => advice.to_owned(),
                    _ => format!("\"{advice}\""),
                };
                // An element of an array is replaced within it.
                let element = value.starts_with('[') && !advice.starts_with('[');
                let line = match (whole, element && *table != "[args]") {
                    (true, _) => advice,
                    (_, true) => format!("{key} = [{advice}]"),
                    _ => format!("{key} = {advice}"),
                };
                followed += 1;
                if let Err(errors) = loaded(&body(&line), &[]) {
                    wrong.push(format!("{key} = {value}: {help}\n{line}: {errors}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
    assert!(followed > 50, "{followed} replacements");
}
