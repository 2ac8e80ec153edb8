//! Execs of operations that exist already.

use buildkit_proto::pb;

use super::Exec;
use crate::op::exec_context::{NetworkMode, SecurityMode};
use crate::op::exec_mount::Plain;
use crate::op::from_vertex::{EXEC, Parts, VertexError, builder};
use crate::op::mount::{
    Access, BindMount, CacheId, CacheMount, ContentCache, Mount, SecretMount, SshMount, TmpfsMount,
};
use crate::paths::AnyPath;
use crate::vertex::Vertex;

/// The exec that an operation is, to change it and make another.
///
/// ```
/// use buildkit_llb::{Exec, Output};
/// let exec = Exec::on(Output::SCRATCH).args(["make"]).finish();
/// let again = Exec::try_from(exec.vertex().unwrap())?.env("CI", "1").finish();
/// assert_eq!(again.vertex().unwrap().op().op.is_some(), true);
/// # Ok::<(), buildkit_llb::error::VertexError>(())
/// ```
impl TryFrom<&Vertex> for Exec {
    type Error = VertexError;

    fn try_from(vertex: &Vertex) -> Result<Self, Self::Error> {
        let make = |exec: Self| {
            let executed = exec.try_finish().ok()?;
            Some(executed.into_output())
        };
        builder(vertex, EXEC, read, make)
    }
}

fn read(mut parts: Parts) -> Option<Exec> {
    let Some(pb::op::Op::Exec(exec)) = parts.op.take() else {
        return None;
    };
    let (network, security) = (exec.network(), exec.security());
    let meta = exec.meta?;
    let env = meta.env.into_iter().map(|variable| {
        let (name, value) = variable.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    let hosts = meta
        .extra_hosts
        .into_iter()
        .map(|host| Some((host.host, host.ip.parse().ok()?)));
    let mut builder = Exec {
        args: meta.args,
        env: env.collect::<Option<_>>()?,
        cwd: AnyPath::read(meta.cwd),
        user: meta.user,
        hostname: meta.hostname,
        cgroup_parent: meta.cgroup_parent,
        network: NetworkMode::from(network),
        security: SecurityMode::from(security),
        extra_hosts: hosts.collect::<Option<_>>()?,
        proxy: meta.proxy_env.map(Into::into),
        ulimits: meta.ulimit.into_iter().map(Into::into).collect(),
        valid_exit_codes: meta.valid_exit_codes,
        devices: exec.cdi_devices,
        mounts: Vec::new(),
        secrets: Vec::new(),
        secret_envs: exec.secretenv.into_iter().map(Into::into).collect(),
        agents: Vec::new(),
        settings: parts.settings.clone(),
    };
    for mount in exec.mounts {
        let path = path_of(&mount, &builder);
        match read_mount(mount, &parts)? {
            Mount::Bind(bind) => builder.mounts.push((path, Plain::Bind(bind))),
            Mount::Cache(cache) => builder.mounts.push((path, Plain::Cache(cache))),
            Mount::Tmpfs(tmpfs) => builder.mounts.push((path, Plain::Tmpfs(tmpfs))),
            Mount::Secret(secret) => builder.secrets.push((path, secret)),
            Mount::Ssh(agent) => builder.agents.push((Some(path), agent)),
        }
    }
    Some(builder)
}

/// The path of a mount: raw if it is not clean, or if something is mounted there
/// already, which a clean one would replace.
fn path_of(mount: &pb::Mount, builder: &Exec) -> AnyPath {
    let last = builder.mounts.last();
    // Mounts are sorted by path.
    if last.is_some_and(|(path, _)| path.as_str() == mount.dest) {
        return crate::paths::raw(&*mount.dest).into();
    }
    AnyPath::read(&mount.dest)
}

fn read_mount(mount: pb::Mount, parts: &Parts) -> Option<Mount> {
    let tree = parts.tree(mount.input);
    let content_cache = ContentCache::from(mount.content_cache());
    let selector = Some(&mount.selector).filter(|path| !path.is_empty());
    let selector = selector.map(AnyPath::read);
    Some(match mount.mount_type() {
        pb::MountType::Bind => {
            let access = match (mount.readonly, mount.output) {
                (true, _) => Access::ReadOnly,
                (false, 0..) => Access::Writable,
                (false, _) => Access::Discarded,
            };
            Mount::Bind(BindMount {
                tree: tree?,
                access,
                selector,
                content_cache,
            })
        }
        pb::MountType::Cache => {
            let options = mount.cache_opt?;
            Mount::Cache(CacheMount {
                sharing: options.sharing().into(),
                id: CacheId::new(options.id).ok()?,
                seed: tree?,
                selector,
                read_only: mount.readonly,
                content_cache,
            })
        }
        pb::MountType::Tmpfs => Mount::Tmpfs(TmpfsMount {
            size: u64::try_from(mount.tmpfs_opt?.size).ok()?,
            content_cache,
        }),
        pb::MountType::Secret => Mount::Secret(SecretMount(mount.secret_opt?)),
        pb::MountType::Ssh => Mount::Ssh(SshMount(mount.ssh_opt?)),
    })
}
