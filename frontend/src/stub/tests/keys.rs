//! Unknown keys, wrong types, missing keys, keys of later versions.

use super::*;

#[test]
fn unknown_keys_suggest_the_nearest() {
    insta::assert_snapshot!(errors(
        "nmae = \"x\"\nplatforms = [\"linux/amd64\"]\n\n[base]\nimgae = \"x\"\nhostname = \"x\"\n\n\
         [pyhton]\nversion = \"3.11\"\n\n[app]\nentry_point = [\"x\"]\nenv = { A = \"b\" }\n\n\
         [variant.cpu]\nplatform = \"linux/amd64\"\n"
    ));
}

#[test]
fn wrong_types() {
    insta::assert_snapshot!(errors(
        "name = 1\n\n[base]\napt = \"git\"\nuser = \"ragex\"\nworkdir = [\"/app\"]\n\n\
         [base.env]\nPORT = 8000\n\n[python]\nversion = 3.10\nlayer = { name = \"ml\" }\n\n\
         [app]\nentrypoint = \"/entrypoint.sh\"\nexpose = 8000\nhealthcheck = true\n\
         copy = [\"src\"]\n\n[app.labels]\norg.title = \"x\"\n"
    ));
}

#[test]
fn tables_and_arrays_of_tables() {
    insta::assert_snapshot!(errors(
        "[[base]]\napt = []\n\n[python.layer]\nname = \"ml\"\n\n[variant]\nplatforms = [\"linux/amd64\"]\n"
    ));
}

#[test]
fn missing_keys() {
    insta::assert_snapshot!(errors(
        "[[python.index]]\ndefault = true\n\n[[python.layer]]\nrequirements = \"a.txt\"\n\n\
         [[python.layer]]\nname = \"ml\"\n\n[app]\ncopy = [{ from = \"src\" }]\n\
         healthcheck = { interval = \"5s\" }\n"
    ));
}

#[test]
fn keys_of_later_versions_are_errors() {
    insta::assert_snapshot!(errors(
        "[base]\nca = \"corp.pem\"\n\n[build]\nisolation = false\n\n[python]\nproject = \"pyproject.toml\"\n\n\
         [[python.index]]\nurl = \"https://nexus.example/x\"\npackages = [\"torch*\"]\n\n\
         [[model]]\nrepo = \"a/b\"\n\n[app]\ninstall = \".\"\n\n[variant.cpu.build]\nisolation = false\n"
    ));
}
