//! Credentials and values of arguments that no message shows.

use super::*;

/// Everything that is shown about an invalid body.
fn shown(body: &str, passed: &[(&str, &str)]) -> String {
    let errors = loaded(body, passed).unwrap_err();
    format!("{errors:?}{errors}{}", errors.render())
}

/// Messages show the beginning of long texts, which is cut off before the `@`.
#[test]
fn masks_credentials_of_long_urls() {
    let url = format!("https://user:{}@host/simple", "s3cret".repeat(20));
    for body in [
        "[python]\n\"URL\" = 1\n",
        "[python.mirrors]\n\"URL\" = 1\n",
        "[python.mirrors]\n\"https://a\" = \"URL\"\n",
        "[base]\nworkdir = \"URL\"\n",
        "[base]\nimage = \"URL\"\n",
        "[base.env]\n\"URL\" = \"x\"\n",
        "[app.labels]\n\"URL\" = { a = \"x\" }\n",
        "[app]\ncopy = \"URL\"\n",
        "[args]\n\"URL\" = \"x\"\n",
        "[variant.\"URL\"]\n",
        "default = \"URL\"\n",
    ] {
        let shown = shown(&body.replace("URL", &url), &[]);
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn hides_secret_values_of_duplicates_and_unknown_names() {
    let index = "[[python.index]]\nurl = \"https://a.example/${MY_TOKEN}\"\n";
    let index = index.repeat(2);
    for (body, message) in [
        (&*index, "duplicate index `https://a.example/${MY_TOKEN}`"),
        ("[variant.x]\n", "unknown variant `${MY_TOKEN}`"),
    ] {
        let body = format!("default = \"${{MY_TOKEN}}\"\n[args]\nMY_TOKEN = \"\"\n{body}");
        let shown = shown(&body, &[("MY_TOKEN", "hunter2")]);
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains(message), "{shown}");
    }
    let layer = "[[python.layer]]\nname = \"tokenizers\"\npackages = [\"x\"]\n".repeat(2);
    assert!(errors(&layer).contains("duplicate layer `tokenizers`"));
}

#[test]
fn hides_secret_values_in_reasons_and_help() {
    for (body, secret) in [
        ("[base]\nworkdir = \"${MY_TOKEN}\"\n", "hunter2"),
        ("[base]\ndirs = [\"${MY_TOKEN}\"]\n", "hunter2"),
        ("[base]\nimage = \"${MY_TOKEN}\"\n", "Hunter2"),
        ("[base]\nimage = \"${MY_TOKEN}\"\n", "python:3.7"),
        ("[python]\nversion = \"${MY_TOKEN}\"\n", "3.12.77"),
        ("[app]\nstop_signal = \"${MY_TOKEN}\"\n", "term"),
        (
            "[[python.layer]]\nname = \"a\"\nrequirements = \"${MY_TOKEN}\"\n",
            "{hunter2}",
        ),
    ] {
        let body = format!("[args]\nMY_TOKEN = \"\"\n{body}");
        let shown = shown(&body, &[("MY_TOKEN", secret)]);
        let word = secret.trim_matches(['{', '}']).to_ascii_lowercase();
        let word = word.trim_start_matches("python:");
        assert!(!shown.to_ascii_lowercase().contains(word), "{shown}");
        assert!(shown.contains("`${MY_TOKEN}`"), "{shown}");
        assert!(
            shown.contains("help: check the arguments that it names"),
            "{shown}"
        );
    }
}
