use super::*;
use crate::facts::{Credentials, DeniedStatus};
use serde_json::json;

fn read(answer: &Value) -> Result<Resolution, String> {
    let bytes = answer.to_string().into_bytes();
    Resolution::read(&bytes, 1).map_err(|error| error.to_string())
}

fn failure() -> Value {
    json!({
        "kind": "unsatisfiable", "text": "nothing fits", "said": "error: nothing fits",
        "packages": ["ghost", "six"], "missing": ["ghost"], "requirement": null, "status": null, "url": null,
    })
}

fn denied() -> Value {
    json!({
        "index": "https://one/simple", "status": 401, "host": "one",
        "credentials": "rejected", "names": ["six"],
    })
}

#[test]
fn reads_a_resolution() {
    let answer = json!({
        "packages": [{ "pin": "six==1.16", "index": "https://pypi.org/simple" }],
        "prefixes": [["six==1.16"]],
        "lock": "lock-version = \"1.0\"\n[[packages]]\nname = \"six\"\n",
        "ambiguous": [{ "index": "https://two/simple", "private": true, "names": ["six"] }],
        "denied": [],
    });
    let Ok(Resolution::Resolved {
        slices,
        lock,
        ambiguous,
        denied,
    }) = read(&answer)
    else {
        panic!("it is a resolution");
    };
    assert_eq!(lock.packages[0].name.as_str(), "six");
    assert!(denied.is_empty());
    assert!(ambiguous[0].is_private);
    assert_eq!(slices[0][0].to_string(), "six==1.16");
    let index = slices[0][0].index.as_ref().expect("it is from an index");
    assert_eq!(index.as_str(), "https://pypi.org/simple");
}

#[test]
fn reads_why_there_is_no_resolution() {
    let Ok(Resolution::Failed(found)) =
        read(&json!({ "failure": failure(), "denied": [denied()] }))
    else {
        panic!("it is a failure");
    };
    let uv = found.uv.expect("uv failed");
    assert_eq!(uv.kind, UvFailureKind::Unsatisfiable);
    assert_eq!(uv.missing[0].as_str(), "ghost");
    assert_eq!(found.denied[0].status, DeniedStatus::Unauthorized);
    assert_eq!(found.denied[0].credentials, Credentials::Rejected);
    assert!(read(&json!({ "failure": null, "denied": [denied()] })).is_ok());
}

/// An answer with another value somewhere.
fn with(mut answer: Value, path: &str, value: Value) -> Value {
    *answer.pointer_mut(path).expect("the path is there") = value;
    answer
}

#[test]
fn invalid_answers_name_the_step_and_what_was_expected() {
    let failed = json!({ "failure": failure(), "denied": [denied()] });
    let resolved = json!({
        "packages": [{ "pin": "six==1", "index": null }], "prefixes": [["six==1"]],
        "lock": "lock-version = \"1.0\"\n", "denied": [], "ambiguous": [],
    });
    for (answer, expected) in [
        (json!([]), "expected why there is no resolution"),
        (json!({}), "missing field"),
        (
            json!({ "failure": null, "denied": [] }),
            "expected a failure or an index that denies access",
        ),
        (
            with(failed.clone(), "/failure/kind", json!("odd")),
            "unknown variant `odd`",
        ),
        (
            with(failed.clone(), "/failure/missing", json!(["a b"])),
            "invalid name",
        ),
        (
            with(failed.clone(), "/denied/0/status", json!(500)),
            "expected the status 401 or 403, found 500",
        ),
        (
            with(failed, "/denied/0/names", json!([])),
            "expected at least one package",
        ),
        (
            with(resolved.clone(), "/packages/0/pin", json!("six>=1")),
            "invalid pin `six>=1`",
        ),
        (
            with(resolved.clone(), "/prefixes", json!([])),
            "for each of the 1 layers, found 0",
        ),
        (
            with(resolved.clone(), "/prefixes/0", json!(["other==1"])),
            "found `other==1`, which lower layers need",
        ),
        (
            with(resolved, "/packages", json!({})),
            "expected a resolution: invalid type",
        ),
    ] {
        let error = read(&answer).expect_err("it is invalid");
        assert!(error.contains("`resolution.json`"), "{error}");
        assert!(error.contains("`resolve.py`"), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}
