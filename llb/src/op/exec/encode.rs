//! The operation of an exec: checked, sorted and encoded as Go's client does it.

use std::collections::HashSet;

use buildkit_proto::pb;

use super::{Exec, ExecError};
use crate::attr;
use crate::canonical::Body;
use crate::caps::Cap;
use crate::op::exec_context::{NetworkMode, SecurityMode};
use crate::op::exec_mount::Made;
use crate::op::executed::Executed;
use crate::op::inputs::{EMPTY, Inputs};
use crate::op::mount::SshMount;
use crate::vertex::{Output, Vertex, Visited};

impl Exec {
    /// The operation and its outputs, or why the exec is invalid.
    pub fn try_finish(mut self) -> Result<Executed, ExecError> {
        self.validate()?;
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
        let mut env = last_of_each(&self.env);
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
        let mut visits = Vec::new();
        for (path, plain) in self.mounts {
            visits.extend(plain.tree().edge().map(|edge| edge.vertex.clone()));
            let (mount, result) = plain.encode(path.as_str(), &mut inputs, &mut outputs);
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
            proxy_env: self.proxy.map(pb::ProxyEnv::from),
            extra_hosts: self
                .extra_hosts
                .into_iter()
                .map(|(host, address)| pb::HostIp {
                    host,
                    ip: address.to_canonical().to_string(),
                })
                .collect(),
            hostname: self.hostname,
            ulimit: self.ulimits.into_iter().map(pb::Ulimit::from).collect(),
            cgroup_parent: self.cgroup_parent,
            remove_mount_stubs_recursive: true,
            valid_exit_codes: self.valid_exit_codes,
        };
        let op = pb::op::Op::Exec(pb::ExecOp {
            meta: Some(meta),
            mounts,
            network: pb::NetMode::from(self.network).into(),
            security: pb::SecurityMode::from(self.security).into(),
            secretenv: self
                .secret_envs
                .into_iter()
                .map(pb::SecretEnv::from)
                .collect(),
            cdi_devices: self.devices,
        });
        let settings = self.settings;
        let platform = settings.platform().cloned();
        let inputs = Visited::new(inputs.into_edges(), visits);
        let vertex = Vertex::encode(Body::Op(&op), inputs, platform.as_ref(), settings);
        let outputs = results
            .into_iter()
            .map(|(path, result)| match result {
                Made::Here(index) => (path, Output::new(vertex.clone(), index)),
                Made::Before(tree) => (path, tree),
            })
            .collect();
        Ok(Executed::new(Output::new(vertex, 0), outputs))
    }

    fn validate(&self) -> Result<(), ExecError> {
        if self.args.is_empty() {
            return Err(ExecError::NoArguments);
        }
        if self.cwd.as_str().is_empty() {
            return Err(ExecError::NoDirectory);
        }
        let names = self.env.iter().map(|(name, _)| name);
        let secrets = self.secret_envs.iter().map(|secret| &secret.variable);
        match names.chain(secrets).find(|name| !is_variable(name)) {
            Some(name) => Err(ExecError::Variable(name.clone())),
            None => Ok(()),
        }
    }

    /// Sorts mounts by path, as Go does; outputs are numbered in this order.
    fn sort_mounts(&mut self) {
        let mut seen = HashSet::new();
        let mut kept = Vec::with_capacity(self.mounts.len());
        for (path, mount) in std::mem::take(&mut self.mounts).into_iter().rev() {
            if path.is_raw() || seen.insert(path.as_str().to_owned()) {
                kept.push((path, mount));
            }
        }
        kept.reverse();
        // The sort is stable: mounts at one path stay in their order.
        kept.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
        self.mounts = kept;
    }

    fn declare(&mut self) {
        let metadata = &mut self.settings.metadata;
        let resources = metadata.resources().is_some();
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
        need(Cap::EXEC_RESOURCES, resources);
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

fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

/// Of the variables of each name the last one, in its place.
fn last_of_each(env: &[(String, String)]) -> Vec<(String, String)> {
    let mut seen = HashSet::with_capacity(env.len());
    let last: Vec<bool> = env
        .iter()
        .rev()
        .map(|(name, _)| seen.insert(name))
        .collect();
    let last = last.into_iter().rev();
    let env = env.iter().zip(last).filter(|(_, last)| *last);
    env.map(|(variable, _)| variable.clone()).collect()
}
