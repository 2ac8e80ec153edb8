//! Changes to trees without a container, with their options.

use buildkit_llb::file::Account;
use buildkit_llb::{CopyFrom, File, Mkdir, Mkfile, Output, Owner, Rm, at};

use crate::Piece;
use crate::given::Given;
use crate::sources::context;

pub(crate) fn pieces(given: &Given) -> Vec<Piece> {
    let mut all = vec![
        Piece::new("file", made(given)),
        Piece::new("file-rm", removed()),
        Piece::new("file-chain", chain()),
        Piece::new("copy-unpack", unpacked(given)),
        Piece::new(
            "symlink",
            File::on(&Output::SCRATCH)
                .symlink(at("/link"), "elsewhere/file")
                .output(),
        ),
    ];
    all.extend(copies(given));
    all
}

/// Directories and files with modes and owners: by number, by the name that
/// the changed tree has, by the name that another one has.
fn made(given: &Given) -> Output {
    let accounts = File::on(&Output::SCRATCH)
        .mkdir(at("/etc"), 0o755)
        .mkfile(at("/etc/passwd"), 0o644, "guest:x:70:71::/:/bin/sh\n")
        .mkfile(at("/etc/group"), 0o644, "guests:x:72:\n")
        .output();
    let theirs = |name: &str| Account::NameIn(name.to_owned(), given.base.clone());
    let of_base = Owner::default()
        .user(theirs("daemon"))
        .group(theirs("staff"));
    let of_tree = Owner::default().user("guest").group("guests");
    File::on(&accounts)
        .action(
            Mkdir::new(at("/a/b"), 0o710)
                .parents()
                .owner(Owner::ids(10, 20)),
        )
        .action(Mkfile::new(at("/a/b/by-number"), 0o600, "1\n").owner(Owner::ids(30, 40)))
        .action(Mkfile::new(at("/a/b/by-name"), 0o640, "2\n").owner(of_tree))
        .action(Mkfile::new(at("/a/b/by-user"), 0o644, "3\n").owner(Owner::default().user("guest")))
        .action(Mkfile::new(at("/a/b/by-base"), 0o444, "4\n").owner(of_base))
        .output()
}

fn removed() -> Output {
    File::on(&Output::SCRATCH)
        .mkfile(at("/stays.txt"), 0o644, "")
        .mkfile(at("/goes.log"), 0o644, "")
        .mkfile(at("/goes-too.log"), 0o644, "")
        .mkdir(at("/folder"), 0o755)
        .mkfile(at("/folder/inside"), 0o644, "")
        .rm(at("/folder"))
        .action(Rm::new(at("/*.log")).wildcard())
        .action(Rm::new(at("/never-there")).allow_not_found())
        .output()
}

/// A copy from an earlier state of the same chain, and from another chain.
fn chain() -> Output {
    let other = File::on(&Output::SCRATCH)
        .mkdir(at("/other"), 0o755)
        .mkfile(at("/other/file"), 0o640, "of another chain\n");
    let early = File::on(&Output::SCRATCH).mkfile(at("/a"), 0o600, "early\n");
    early
        .clone()
        .rm(at("/a"))
        .action(CopyFrom::chain(&early, at("/a"), at("/b")))
        .action(CopyFrom::chain(&other, at("/other"), at("/")))
        .output()
}

fn unpacked(given: &Given) -> Output {
    let tree = context(given).include(["archive.tar"]).output();
    let archive = at("/archive.tar");
    File::on(&Output::SCRATCH)
        .mkdir(at("/unpacked"), 0o755)
        .mkdir(at("/packed"), 0o755)
        .action(CopyFrom::tree(&tree, archive.clone(), at("/unpacked")).unpack())
        .action(CopyFrom::tree(&tree, archive, at("/packed")).into_directory())
        .output()
}

fn copies(given: &Given) -> Vec<Piece> {
    let tree = File::on(&Output::SCRATCH)
        .action(
            Mkdir::new(at("/src/deep"), 0o750)
                .parents()
                .owner(Owner::ids(1, 2)),
        )
        .mkfile(at("/src/a.py"), 0o644, "a\n")
        .mkfile(at("/src/a.txt"), 0o644, "b\n")
        .mkfile(at("/src/deep/c.py"), 0o600, "c\n")
        .mkfile(at("/src/deep/not.py"), 0o600, "d\n")
        .output();
    let linked = context(given).include(["link", "target"]).output();
    let from = |dest| CopyFrom::tree(&tree, at("/src"), dest);
    let on = File::on(&Output::SCRATCH);
    vec![
        Piece::new(
            "copy",
            on.clone()
                .action(from(at("/whole")))
                .action(from(at("/new/folder")).into_directory().create_parents())
                .action(
                    from(at("/owned"))
                        .contents_only()
                        .create_parents()
                        .owner(Owner::ids(50, 60))
                        .mode(0o755),
                )
                .action(
                    CopyFrom::tree(&tree, at("/src/*.txt"), at("/matched"))
                        .wildcard()
                        .into_directory()
                        .create_parents(),
                )
                .action(
                    CopyFrom::tree(&tree, at("/none*"), at("/matched"))
                        .optional_wildcard()
                        .into_directory(),
                )
                .action(CopyFrom::tree(&linked, at("/link"), at("/followed")).follow_links())
                .output(),
        ),
        Piece::new(
            "copy-patterns",
            on.clone()
                .action(
                    from(at("/python"))
                        .include(["**/*.py"])
                        .exclude(["**/not.py"]),
                )
                .output(),
        ),
        Piece::new(
            "copy-required",
            on.clone()
                .action(from(at("/python")).include(["a.py"]).required(["a.py"]))
                .output(),
        ),
        Piece::new(
            "copy-replace",
            on.mkdir(at("/place"), 0o755)
                .mkdir(at("/place/a.py"), 0o755)
                .action(CopyFrom::tree(&tree, at("/src/a.py"), at("/place")).replace_existing())
                .output(),
        ),
    ]
}
