//! Commands that run in a container.

use std::net::IpAddr;

use buildkit_proto::pb;

use crate::attr;
use crate::caps::Cap;
use crate::op::exec_context::{NetworkMode, Proxy, SecretEnv, SecurityMode, Ulimit};
use crate::op::exec_mount::{Made, Plain};
use crate::op::executed::Executed;
use crate::op::inputs::{EMPTY, Inputs};
use crate::op::mount::{Access, Mount, SecretMount, SshMount};
use crate::path::{ContainerPath, at};
use crate::settings::{Settings, platform_method, settings_methods};
use crate::vertex::{Output, Vertex};

/// A command that runs in a container.
///
/// ```
/// use buildkit_llb::{CacheId, Exec, File, Mount, Output, Platform, Sharing, Source, at};
/// let base = Source::image("python:3.11-slim".parse()?)
///     .platform(Platform::linux_amd64())
///     .output();
/// let empty = File::on(&Output::SCRATCH).mkdir(at("/opt/venv"), 0o755).output();
/// let installed = Exec::on(&base)
///     .args(["pip", "install", "--target=/opt/venv", "numpy"])
///     .env("PIP_NO_INPUT", "1")
///     .mount(at("/root/.cache/pip"), Mount::cache(CacheId::new("pip")?, Sharing::Locked))
///     .mount(at("/opt/venv"), Mount::tree(&empty).selector(at("/opt/venv")))
///     .platform(Platform::linux_amd64())
///     .name("pip install numpy")
///     .run();
/// let tree = installed.output(&at("/opt/venv")); // the root is left behind
/// assert_eq!(tree.index(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Exec {
    args: Vec<String>,
    env: Vec<(String, String)>,
    cwd: ContainerPath,
    user: String,
    hostname: String,
    cgroup_parent: String,
    network: NetworkMode,
    security: SecurityMode,
    extra_hosts: Vec<(String, IpAddr)>,
    proxy: Option<Proxy>,
    ulimits: Vec<Ulimit>,
    valid_exit_codes: Vec<i32>,
    devices: Vec<pb::CdiDevice>,
    // As they came; of those at one path, the last counts.
    mounts: Vec<(ContainerPath, Plain)>,
    secrets: Vec<(ContainerPath, SecretMount)>,
    secret_envs: Vec<SecretEnv>,
    agents: Vec<(Option<ContainerPath>, SshMount)>,
    settings: Settings,
}

settings_methods!(Exec);
platform_method!(Exec);

impl Exec {
    /// A command on this tree, which is its root; what the root becomes is an
    /// output.
    pub fn on(root: &Output) -> Self {
        Self {
            args: Vec::new(),
            env: Vec::new(),
            cwd: at("/"),
            user: String::new(),
            hostname: String::new(),
            cgroup_parent: String::new(),
            network: NetworkMode::Sandbox,
            security: SecurityMode::Sandbox,
            extra_hosts: Vec::new(),
            proxy: None,
            ulimits: Vec::new(),
            valid_exit_codes: Vec::new(),
            devices: Vec::new(),
            mounts: vec![(at("/"), Plain::Bind(Mount::tree(root)))],
            secrets: Vec::new(),
            secret_envs: Vec::new(),
            agents: Vec::new(),
            settings: Settings::default(),
        }
    }

    /// The program and its arguments, after those given before.
    pub fn args<T: Into<String>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// One more argument.
    pub fn arg(self, arg: impl Into<String>) -> Self {
        self.args([arg])
    }

    /// A line for `/bin/sh -c`.
    pub fn shell(self, script: impl Into<String>) -> Self {
        self.args(["/bin/sh", "-c"]).arg(script)
    }

    /// A variable; one that was set before gets the new value and its place.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.env.retain(|(known, _)| *known != name);
        self.env.push((name, value.into()));
        self
    }

    /// Several variables, in this order.
    pub fn envs<N: Into<String>, V: Into<String>>(
        self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        variables
            .into_iter()
            .fold(self, |exec, (name, value)| exec.env(name, value))
    }

    /// The directory that it runs in; `/` otherwise.
    pub fn cwd(mut self, path: ContainerPath) -> Self {
        self.cwd = path;
        self
    }

    /// The user, by name or number, with a group after a colon; root otherwise.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }

    /// The name of its host.
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.hostname = name.into();
        self
    }

    /// The control group that it runs under.
    pub fn cgroup_parent(mut self, parent: impl Into<String>) -> Self {
        self.cgroup_parent = parent.into();
        self
    }

    /// The network that it sees.
    pub fn network(mut self, mode: NetworkMode) -> Self {
        self.network = mode;
        self
    }

    /// What it may do.
    pub fn security(mut self, mode: SecurityMode) -> Self {
        self.security = mode;
        self
    }

    /// An address for a host name.
    pub fn extra_host(mut self, host: impl Into<String>, address: IpAddr) -> Self {
        self.extra_hosts.push((host.into(), address));
        self
    }

    /// Proxy variables, which count for no cache. Without any, this is nothing.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy).filter(|proxy| !proxy.is_empty());
        self
    }

    /// A limit on a resource.
    pub fn ulimit(mut self, limit: Ulimit) -> Self {
        self.ulimits.push(limit);
        self
    }

    /// The exit codes that mean success, in place of zero alone.
    pub fn valid_exit_codes(mut self, codes: impl IntoIterator<Item = i32>) -> Self {
        self.valid_exit_codes = codes.into_iter().collect();
        self
    }

    /// A device by its CDI name, `vendor.com/class=name`; needs an entitlement.
    pub fn device(mut self, name: impl Into<String>) -> Self {
        self.devices.push(pb::CdiDevice {
            name: name.into(),
            optional: false,
        });
        self
    }

    /// A device that it also runs without.
    pub fn optional_device(mut self, name: impl Into<String>) -> Self {
        self.devices.push(pb::CdiDevice {
            name: name.into(),
            optional: true,
        });
        self
    }

    /// The size of `/dev/shm`, in bytes.
    pub fn shm_size(self, bytes: u64) -> Self {
        self.mount(at(attr::SHM), Mount::tmpfs().size(bytes))
    }

    /// Something at a path. A later mount of a tree, cache or memory at the same
    /// path takes the place of the earlier one; at `/` it is the root.
    pub fn mount(mut self, path: ContainerPath, mount: impl Into<Mount>) -> Self {
        let plain = match mount.into() {
            Mount::Bind(bind) => Plain::Bind(bind),
            Mount::Cache(cache) => Plain::Cache(cache),
            Mount::Tmpfs(tmpfs) => Plain::Tmpfs(tmpfs),
            Mount::Secret(secret) => {
                self.secrets.push((path, secret));
                return self;
            }
            Mount::Ssh(agent) => {
                self.agents.push((Some(path), agent));
                return self;
            }
        };
        self.mounts.push((path, plain));
        self
    }

    /// The root is only read, and is no output.
    pub fn read_only_root(mut self) -> Self {
        let mut mounts = self.mounts.iter_mut().rev();
        if let Some((_, Plain::Bind(root))) = mounts.find(|(path, _)| path.is_root()) {
            root.access = Access::ReadOnly;
        }
        self
    }

    /// A secret of the client in a variable; without it the exec fails.
    pub fn secret_env(self, variable: impl Into<String>, id: impl Into<String>) -> Self {
        self.secret_env_with(SecretEnv {
            id: id.into(),
            variable: variable.into(),
            optional: false,
        })
    }

    /// A secret of the client in a variable, with every option.
    pub fn secret_env_with(mut self, secret: SecretEnv) -> Self {
        self.secret_envs.push(secret);
        self
    }

    /// An SSH agent of the client where `ssh` looks for one. (The first agent of
    /// an exec is in `SSH_AUTH_SOCK`, wherever it is mounted, unless that is set.)
    pub fn ssh(mut self, agent: SshMount) -> Self {
        self.agents.push((None, agent));
        self
    }

    /// The exec, with all its outputs.
    pub fn run(mut self) -> Executed {
        self.sort_mounts();
        self.declare();
        let agents: Vec<(String, SshMount)> = self
            .agents
            .into_iter()
            .enumerate()
            .map(|(index, (path, agent))| match path {
                Some(path) => (path.into(), agent),
                None => (format!("{}{index}", attr::SSH_SOCKET_PREFIX), agent),
            })
            .collect();
        let mut env = self.env;
        if let Some((socket, _)) = agents.first()
            && !env.iter().any(|(name, _)| name == attr::SSH_AUTH_SOCK)
        {
            env.push((attr::SSH_AUTH_SOCK.to_owned(), socket.clone()));
        }

        let mut inputs = Inputs::default();
        let mut outputs = 0;
        let count = self.mounts.len() + self.secrets.len() + agents.len();
        let mut mounts = Vec::with_capacity(count);
        let mut results = Vec::with_capacity(self.mounts.len());
        for (path, plain) in self.mounts {
            let (mount, result) = plain.encode(&path, &mut inputs, &mut outputs);
            mounts.push(mount);
            results.extend(result.map(|result| (path, result)));
        }
        mounts.extend(self.secrets.into_iter().map(|(path, secret)| pb::Mount {
            input: EMPTY,
            dest: path.into(),
            mount_type: pb::MountType::Secret.into(),
            secret_opt: Some(secret.0),
            ..pb::Mount::default()
        }));
        mounts.extend(agents.into_iter().map(|(path, agent)| pb::Mount {
            input: EMPTY,
            dest: path,
            mount_type: pb::MountType::Ssh.into(),
            ssh_opt: Some(agent.0),
            ..pb::Mount::default()
        }));

        let meta = pb::Meta {
            args: self.args,
            env: env
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
            cwd: self.cwd.into(),
            user: self.user,
            proxy_env: self.proxy.map(Proxy::into_pb),
            extra_hosts: self
                .extra_hosts
                .into_iter()
                .map(|(host, address)| pb::HostIp {
                    host,
                    ip: address.to_string(),
                })
                .collect(),
            hostname: self.hostname,
            ulimit: self.ulimits.into_iter().map(Ulimit::into_pb).collect(),
            cgroup_parent: self.cgroup_parent,
            remove_mount_stubs_recursive: true,
            valid_exit_codes: self.valid_exit_codes,
        };
        let op = pb::op::Op::Exec(pb::ExecOp {
            meta: Some(meta),
            mounts,
            network: self.network.to_pb().into(),
            security: self.security.to_pb().into(),
            secretenv: self
                .secret_envs
                .into_iter()
                .map(SecretEnv::into_pb)
                .collect(),
            cdi_devices: self.devices,
        });
        let settings = self.settings;
        let platform = settings.constraints.platform.clone();
        let vertex = Vertex::encode(&op, inputs.into_edges(), platform.as_ref(), settings);
        let outputs = results
            .into_iter()
            .map(|(path, result)| match result {
                Made::Here(index) => (path, Output::new(vertex.clone(), index)),
                Made::Before(tree) => (path, tree),
            })
            .collect();
        Executed::new(Output::new(vertex, 0), outputs)
    }

    /// By path, as Go does; outputs are numbered in this order.
    fn sort_mounts(&mut self) {
        // The sort keeps the order of equals, so the last of them comes first
        // where they are turned around, and the first is what is kept.
        self.mounts.reverse();
        self.mounts.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.mounts.dedup_by(|(a, _), (b, _)| a == b);
    }

    fn declare(&mut self) {
        let metadata = &mut self.settings.metadata;
        let mut need = |cap, needed: bool| {
            if needed {
                metadata.need(cap);
            }
        };
        need(Cap::EXEC_BASE, true);
        need(Cap::EXEC_NETWORK, self.network != NetworkMode::Sandbox);
        need(Cap::EXEC_SECURITY, self.security != SecurityMode::Sandbox);
        need(Cap::EXEC_PROXY, self.proxy.is_some());
        need(Cap::EXEC_ULIMIT, !self.ulimits.is_empty());
        need(Cap::EXEC_VALID_EXIT_CODE, !self.valid_exit_codes.is_empty());
        need(Cap::EXEC_CDI, !self.devices.is_empty());
        // Go declares the mount's capability for variables, too.
        need(
            Cap::EXEC_MOUNT_SECRET,
            !self.secrets.is_empty() || !self.secret_envs.is_empty(),
        );
        need(Cap::EXEC_SECRET_ENV, !self.secret_envs.is_empty());
        need(Cap::EXEC_MOUNT_SSH, !self.agents.is_empty());
        for (_, mount) in &self.mounts {
            mount.caps(&mut need);
        }
    }
}
