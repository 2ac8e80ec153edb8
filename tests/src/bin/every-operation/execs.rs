//! Commands: all that they can be given, and every kind of mount.

use std::net::{IpAddr, Ipv4Addr};

use buildkit_llb::exec::{ContentCache, NetworkMode, Proxy, SecretEnv, SshMount, Ulimit};
use buildkit_llb::file::Timestamp;
use buildkit_llb::{
    CacheId, CopyFrom, Exec, File, Mkdir, Mkfile, Mount, Output, Owner, Sharing, at,
};

use crate::Piece;
use crate::given::Given;

const REPORT: &str = include_str!("report.py");
const NETWORK: &str = include_str!("network.py");

/// Whoever runs the report.
const USER: (u32, u32) = (1234, 2345);

pub(crate) fn pieces(given: &Given) -> Vec<Piece> {
    vec![
        Piece::new("exec", report(given)),
        Piece::new("exec-root", root(given)),
        Piece::new("exec-cache", cache(given)),
        Piece::new("exec-network", network(given)),
        Piece::new("exec-exit-code", exit_code(given)),
    ]
}

/// A command on the base, which no earlier run's is the same as.
pub(crate) fn exec(given: &Given) -> Exec {
    Exec::on(&given.base)
        .platform(given.platform.clone())
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("RUN", &given.run)
}

/// What `report.py` finds; the part of the tree that it does not see stays.
fn report(given: &Given) -> Output {
    let (uid, gid) = USER;
    let script = File::on(&Output::SCRATCH)
        .mkdir(at("/scripts"), 0o755)
        .action(
            Mkfile::new(at("/scripts/report.py"), 0o644, REPORT)
                .created(Timestamp::from_secs(1_000_000_000)),
        )
        .mkfile(at("/unseen"), 0o644, "")
        .output();
    let tree = File::on(&Output::SCRATCH)
        .action(Mkdir::new(at("/place"), 0o750).owner(Owner::ids(uid, gid)))
        .mkfile(at("/beside.txt"), 0o604, "beside\n")
        .output();
    let open = File::on(&Output::SCRATCH)
        .action(Mkdir::new(at("/open"), 0o700).owner(Owner::ids(uid, gid)))
        .output();
    let agent: SshMount = Mount::ssh("default").owner(uid, gid).mode(0o606);
    let secret = Mount::secret("every-operation").owner(uid, 7).mode(0o440);
    let missing = SecretEnv::new("none", "NONE").optional();
    exec(given)
        .args(["python3", "/in/report.py", "an argument", "$NOT \"quoted\""])
        .env("GREETING", "good day")
        .cwd(at("/var/tmp"))
        .user(format!("{uid}:{gid}"))
        .hostname("reporter")
        .ulimit(Ulimit::new("nofile", 123, 456))
        .extra_host("elsewhere.example", IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)))
        .proxy(
            Proxy::new()
                .http("http://proxy.example:3128")
                .no("localhost"),
        )
        .shm_size(8 << 20)
        .read_only_root()
        .mount(
            at("/in"),
            Mount::read_only(&script)
                .selector(at("/scripts"))
                .content_cache(ContentCache::On),
        )
        .mount(
            at("/discarded"),
            Mount::discarded(&open)
                .selector(at("/open"))
                .content_cache(ContentCache::Off),
        )
        .mount(at("/out"), Mount::writable(&tree).selector(at("/place")))
        .mount(at("/memory"), Mount::tmpfs().size(4 << 20))
        .mount(at("/run/secret"), secret)
        .mount(at("/run/none"), Mount::secret("none").optional())
        .secret_env("SECRET", "every-operation")
        .secret_env_with(missing)
        .ssh(agent)
        .name("a command with everything")
        .finish()
        .output(at("/out"))
}

/// A command on a root of its own making, which is its result.
fn root(given: &Given) -> Output {
    let made = exec(given)
        .shell("umask 027; mkdir /made; echo by the command >/made/file; chown 5:6 /made/file")
        .name("a command that changes its root")
        .finish()
        .root();
    File::on(&Output::SCRATCH)
        .action(CopyFrom::tree(&made, at("/made"), at("/made")))
        .output()
}

/// Two commands that share a cache, one after the other.
fn cache(given: &Given) -> Output {
    let seed = File::on(&Output::SCRATCH)
        .mkdir(at("/start"), 0o755)
        .mkfile(at("/start/seed"), 0o644, "as the cache began\n")
        .output();
    // Where the name would be empty, `RUN` was missing, and nothing is built.
    let Ok(id) = CacheId::new(format!("every-operation-{}", given.run)) else {
        return Output::SCRATCH;
    };
    let mount = |sharing| {
        Mount::cache(id.clone(), sharing)
            .seed(&seed)
            .selector(at("/start"))
    };
    let first = exec(given)
        .shell("echo from the first command >/cache/first; echo done >/out/first")
        .mount(at("/cache"), mount(Sharing::Locked))
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .name("a command that fills a cache")
        .finish()
        .output(at("/out"));
    exec(given)
        .shell(
            "cat /cache/* >/out/both; touch /cache/new 2>/dev/null || echo read-only >>/out/both",
        )
        .mount(at("/cache"), mount(Sharing::Shared).read_only())
        .mount(at("/before"), Mount::read_only(&first))
        .mount(at("/out"), Mount::writable(&first))
        .name("a command that reads a cache")
        .finish()
        .output(at("/out"))
}

/// The three kinds of network.
fn network(given: &Given) -> Output {
    let script = File::on(&Output::SCRATCH)
        .mkfile(at("/network.py"), 0o644, NETWORK)
        .output();
    let address = given.greeting.0.as_str();
    let address = address.split('/').nth(2).unwrap_or_default();
    let modes = [
        ("none", NetworkMode::None),
        ("sandbox", NetworkMode::Sandbox),
        ("host", NetworkMode::Host),
    ];
    modes
        .into_iter()
        .fold(Output::SCRATCH, |tree, (name, mode)| {
            exec(given)
                .shell(format!("python3 /in/network.py {address} >/out/{name}"))
                .network(mode)
                .mount(at("/in"), Mount::read_only(&script))
                .mount(at("/out"), Mount::writable(&tree))
                .name(format!("a command with the network `{name}`"))
                .finish()
                .output(at("/out"))
        })
}

fn exit_code(given: &Given) -> Output {
    exec(given)
        .shell("echo before it failed >/out/file; exit 3")
        .valid_exit_codes([0, 3])
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .name("a command that may fail")
        .finish()
        .output(at("/out"))
}
