//! `--check`, `--call` and other subrequests.

use lamina_tests::engine::{Project, classic, containerd};

#[test]
fn rejects_unsupported_subrequests() {
    let project = Project::new("subrequests", "").with("requirements/cpu.txt", "six==1.17.0\n");
    for engine in [Some(containerd()), classic()].into_iter().flatten() {
        let asked = [
            ("--check", "frontend.lint"),
            ("--call=check", "frontend.lint"),
            ("--call=outline", "frontend.outline"),
            ("--call=targets", "frontend.targets"),
            ("--call=plan", "frontend.plan"),
        ];
        for (flag, request) in asked {
            let text = engine.build(project.path()).args(&[flag]).fail();
            let message = format!("lamina does not support the request `{request}`");
            assert!(text.ends_with(&message), "{flag}: {text}");
            assert!(!text.contains("unsupported request"), "{flag}: {text}");
            assert!(!text.contains("no warnings"), "{flag}: {text}");
        }
    }
}
