//! Commands that run in a container.

mod encode;
mod read;

use std::fmt;
use std::net::IpAddr;

use buildkit_proto::pb;
use thiserror::Error;

use crate::attr;
use crate::op::exec_context::{NetworkMode, Proxy, SecretEnv, SecurityMode, Ulimit};
use crate::op::exec_mount::Plain;
use crate::op::executed::Executed;
use crate::op::mount::{Access, Mount, SecretMount, SshMount};
use crate::paths::{AnyPath, at};
use crate::settings::{Settings, platform_method, settings_methods};
use crate::vertex::Output;

/// A command that runs in a container.
///
/// ```
/// use buildkit_llb::{CacheId, Exec, File, Mount, Output, Platform, Sharing, Source, at};
/// let base = Source::image("python:3.11-slim".parse()?)
///     .platform(Platform::linux_amd64())
///     .output();
/// let empty = File::on(Output::SCRATCH).mkdir(at("/opt/venv"), 0o755).output();
/// let installed = Exec::on(base)
///     .args(["pip", "install", "--target=/opt/venv", "numpy"])
///     .env("PIP_NO_INPUT", "1")
///     .mount(at("/root/.cache/pip"), Mount::cache(CacheId::new("pip")?, Sharing::Locked))
///     .mount(at("/opt/venv"), Mount::writable(empty).selector(at("/opt/venv")))
///     .platform(Platform::linux_amd64())
///     .name("pip install numpy")
///     .finish();
/// let tree = installed.output(at("/opt/venv")); // the root is not used
/// assert_eq!(tree.index(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "ExecOp")]
#[doc(alias = "Run")]
#[derive(Clone)]
pub struct Exec {
    args: Vec<String>,
    /// As they were set; of those of one name, the last counts.
    env: Vec<(String, String)>,
    cwd: AnyPath,
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
    /// As they were added; of those at one clean path, the last counts.
    mounts: Vec<(AnyPath, Plain)>,
    secrets: Vec<(AnyPath, SecretMount)>,
    secret_envs: Vec<SecretEnv>,
    agents: Vec<(Option<AnyPath>, SshMount)>,
    settings: Settings,
}

/// Why an exec is invalid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExecError {
    /// There is no program to run.
    #[error("an exec needs a program: call `args`, `arg` or `shell`")]
    NoArguments,
    /// A variable's name cannot be a name.
    #[error("invalid variable name `{0}`: a name must not be empty or contain `=` or NUL")]
    Variable(String),
    /// The working directory is empty.
    #[error("the working directory of an exec must not be empty")]
    NoDirectory,
}

settings_methods!(Exec);
platform_method!(Exec);

impl Exec {
    /// A command with this tree as its root file system, which is writable: what it
    /// becomes is an output.
    pub fn on(root: impl Into<Output>) -> Self {
        Self {
            args: Vec::new(),
            env: Vec::new(),
            cwd: at("/").into(),
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
            mounts: vec![(at("/").into(), Plain::Bind(Mount::writable(root)))],
            secrets: Vec::new(),
            secret_envs: Vec::new(),
            agents: Vec::new(),
            settings: Settings::default(),
        }
    }

    /// Appends the program and its arguments, or more arguments.
    #[doc(alias = "Args")]
    pub fn args<T: Into<String>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Appends one argument.
    pub fn arg(self, arg: impl Into<String>) -> Self {
        self.args([arg])
    }

    /// Appends `/bin/sh -c` and a script for it. (`Shlex` of Go's client runs no
    /// shell: it splits a text into arguments.)
    #[doc(alias = "Shlex")]
    #[doc(alias = "Shlexf")]
    pub fn shell(self, script: impl Into<String>) -> Self {
        self.args(["/bin/sh", "-c"]).arg(script)
    }

    /// Sets a variable. One that was set before moves to the end.
    ///
    /// Names must not be empty or contain `=`: see [`Self::try_finish`].
    #[doc(alias = "AddEnv")]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Sets several variables, in this order.
    pub fn envs<N: Into<String>, V: Into<String>>(
        self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        variables
            .into_iter()
            .fold(self, |exec, (name, value)| exec.env(name, value))
    }

    /// The working directory; `/` if none is set.
    #[doc(alias = "Dir")]
    pub fn cwd(mut self, path: impl Into<AnyPath>) -> Self {
        self.cwd = path.into();
        self
    }

    /// The user: a name or number, with a group after a colon; root if none is set.
    #[doc(alias = "User")]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }

    /// The host name.
    #[doc(alias = "Hostname")]
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.hostname = name.into();
        self
    }

    /// The parent control group.
    #[doc(alias = "WithCgroupParent")]
    pub fn cgroup_parent(mut self, parent: impl Into<String>) -> Self {
        self.cgroup_parent = parent.into();
        self
    }

    /// The network mode.
    #[doc(alias = "Network")]
    pub fn network(mut self, mode: NetworkMode) -> Self {
        self.network = mode;
        self
    }

    /// The security mode.
    #[doc(alias = "Security")]
    pub fn security(mut self, mode: SecurityMode) -> Self {
        self.security = mode;
        self
    }

    /// Adds an address for a host name to `/etc/hosts`.
    #[doc(alias = "AddExtraHost")]
    #[doc(alias = "HostIP")]
    pub fn extra_host(mut self, host: impl Into<String>, address: IpAddr) -> Self {
        self.extra_hosts.push((host.into(), address));
        self
    }

    /// Proxy variables, which are not part of the cache key. A value without any
    /// variable sets nothing.
    #[doc(alias = "WithProxy")]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy).filter(|proxy| !proxy.is_empty());
        self
    }

    /// Proxy variables as given, even without any variable: the operation then has
    /// an empty message and needs the capability, as with Go's client.
    pub fn proxy_raw(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Adds a resource limit.
    #[doc(alias = "AddUlimit")]
    pub fn ulimit(mut self, limit: Ulimit) -> Self {
        self.ulimits.push(limit);
        self
    }

    /// The exit codes that count as success; zero alone if none are set.
    #[doc(alias = "ValidExitCodes")]
    pub fn valid_exit_codes(mut self, codes: impl IntoIterator<Item = i32>) -> Self {
        self.valid_exit_codes = codes.into_iter().collect();
        self
    }

    /// Adds a device by its CDI name, `vendor.com/class=name`. Needs an entitlement.
    #[doc(alias = "AddCDIDevice")]
    #[doc(alias = "CDIDeviceName")]
    pub fn device(mut self, name: impl Into<String>) -> Self {
        self.devices.push(pb::CdiDevice {
            name: name.into(),
            optional: false,
        });
        self
    }

    /// Adds a device that the command can run without.
    #[doc(alias = "CDIDeviceOptional")]
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

    /// Adds a mount.
    ///
    /// A later mount of a tree, cache or tmpfs at the same clean path replaces the
    /// earlier one; at `/` it replaces the root. A mount at a [`raw`](crate::raw)
    /// path is written as given, beside whatever else is mounted there.
    #[doc(alias = "AddMount")]
    #[doc(alias = "AddSecret")]
    #[doc(alias = "AddSecretWithDest")]
    pub fn mount(mut self, path: impl Into<AnyPath>, mount: impl Into<Mount>) -> Self {
        let path = path.into();
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

    /// Makes the root read-only; it is then no output.
    #[doc(alias = "ReadonlyRootFS")]
    pub fn read_only_root(mut self) -> Self {
        let mut mounts = self.mounts.iter_mut().rev();
        let is_root = |path: &AnyPath| !path.is_raw() && path.as_str() == "/";
        if let Some((_, Plain::Bind(root))) = mounts.find(|(path, _)| is_root(path)) {
            root.access = Access::ReadOnly;
        }
        self
    }

    /// Sets a variable to a secret of the client; without the secret the exec
    /// fails.
    #[doc(alias = "SecretAsEnv")]
    #[doc(alias = "AddSecret")]
    pub fn secret_env(self, variable: impl Into<String>, id: impl Into<String>) -> Self {
        self.secret_env_with(SecretEnv::new(id, variable))
    }

    /// Sets a variable to a secret of the client, with every option.
    pub fn secret_env_with(mut self, secret: SecretEnv) -> Self {
        self.secret_envs.push(secret);
        self
    }

    /// Mounts an SSH agent of the client where `ssh` finds it: the first agent of
    /// an exec is named in `SSH_AUTH_SOCK`, wherever it is mounted, unless the
    /// variable is set.
    #[doc(alias = "AddSSHSocket")]
    pub fn ssh(mut self, agent: SshMount) -> Self {
        self.agents.push((None, agent));
        self
    }

    /// The operation and its outputs. Nothing runs: this only makes the graph.
    ///
    /// # Panics
    ///
    /// If there are no arguments or a variable's name is invalid. Use
    /// [`Self::try_finish`] for names that are only known at run time.
    #[track_caller]
    pub fn finish(self) -> Executed {
        match self.try_finish() {
            Ok(executed) => executed,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Values of variables may be credentials: only the names are shown.
impl fmt::Debug for Exec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let env: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("Exec")
            .field("args", &self.args)
            .field("env", &env)
            .field("cwd", &self.cwd)
            .field("user", &self.user)
            .field("network", &self.network)
            .field("security", &self.security)
            .field("proxy", &self.proxy)
            .field("mounts", &self.mounts)
            .field("secrets", &self.secrets)
            .field("secret_envs", &self.secret_envs)
            .field("agents", &self.agents)
            .finish_non_exhaustive()
    }
}
