//! Execs and file operations as text.

use std::fmt::{self, Write as _};

use buildkit_proto::pb;

use super::Inputs;
use crate::digest::Digest;

pub(super) fn write_exec(text: &mut String, exec: &pb::ExecOp, inputs: &Inputs) -> fmt::Result {
    let empty = pb::Meta::default();
    let meta = exec.meta.as_ref().unwrap_or(&empty);
    text.push_str("  run");
    for arg in &meta.args {
        write!(text, " {arg:?}")?;
    }
    text.push('\n');
    for variable in &meta.env {
        writeln!(text, "  env {variable:?}")?;
    }
    for secret in &exec.secretenv {
        let optional = if secret.optional { " optional" } else { "" };
        writeln!(
            text,
            "  env {} = secret {:?}{optional}",
            secret.name, secret.id
        )?;
    }
    for (what, value) in [
        ("cwd", &meta.cwd),
        ("user", &meta.user),
        ("hostname", &meta.hostname),
        ("cgroup-parent", &meta.cgroup_parent),
    ] {
        if !value.is_empty() && (what, value.as_str()) != ("cwd", "/") {
            writeln!(text, "  {what} {value}")?;
        }
    }
    if exec.network != 0 {
        writeln!(text, "  network {}", exec.network().as_str_name())?;
    }
    if exec.security != 0 {
        writeln!(text, "  security {}", exec.security().as_str_name())?;
    }
    for host in &meta.extra_hosts {
        writeln!(text, "  host {} = {}", host.host, host.ip)?;
    }
    if meta.proxy_env.is_some() {
        // Its values often hold credentials, and are not part of the cache key.
        text.push_str("  proxy\n");
    }
    for limit in &meta.ulimit {
        writeln!(
            text,
            "  ulimit {} = {}:{}",
            limit.name, limit.soft, limit.hard
        )?;
    }
    if !meta.valid_exit_codes.is_empty() {
        writeln!(text, "  exit codes {:?}", meta.valid_exit_codes)?;
    }
    for device in &exec.cdi_devices {
        writeln!(text, "  device {}", device.name)?;
    }
    for mount in &exec.mounts {
        write_mount(text, mount, inputs)?;
    }
    Ok(())
}

fn write_mount(text: &mut String, mount: &pb::Mount, inputs: &Inputs) -> fmt::Result {
    write!(text, "  mount {} =", mount.dest)?;
    let tree = inputs.at(mount.input);
    match mount.mount_type() {
        pb::MountType::Bind => {
            write!(text, " {tree}")?;
        }
        pb::MountType::Cache => {
            let cache = mount.cache_opt.clone().unwrap_or_default();
            write!(
                text,
                " cache {:?} {}",
                cache.id,
                cache.sharing().as_str_name()
            )?;
            if mount.input >= 0 {
                write!(text, " seed={tree}")?;
            }
        }
        pb::MountType::Tmpfs => {
            text.push_str(" tmpfs");
            if let Some(pb::TmpfsOpt { size: 1.. }) = mount.tmpfs_opt {
                write!(text, " size={}", mount.tmpfs_opt.unwrap_or_default().size)?;
            }
        }
        pb::MountType::Secret => {
            let secret = mount.secret_opt.clone().unwrap_or_default();
            write!(text, " secret {:?} mode={:04o}", secret.id, secret.mode)?;
            write_ids(text, secret.uid, secret.gid, secret.optional)?;
        }
        pb::MountType::Ssh => {
            let agent = mount.ssh_opt.clone().unwrap_or_default();
            write!(text, " ssh {:?} mode={:04o}", agent.id, agent.mode)?;
            write_ids(text, agent.uid, agent.gid, agent.optional)?;
        }
    }
    if !mount.selector.is_empty() {
        write!(text, " selector={}", mount.selector)?;
    }
    if mount.readonly {
        text.push_str(" read-only");
    } else if mount.mount_type() == pb::MountType::Bind && mount.output < 0 {
        text.push_str(" discarded");
    }
    if mount.content_cache != 0 {
        write!(
            text,
            " content-cache={}",
            mount.content_cache().as_str_name()
        )?;
    }
    if mount.mount_type() == pb::MountType::Bind && mount.output >= 0 {
        write!(text, " -> {}", mount.output)?;
    }
    text.push('\n');
    Ok(())
}

fn write_ids(text: &mut String, uid: u32, gid: u32, optional: bool) -> fmt::Result {
    if (uid, gid) != (0, 0) {
        write!(text, " owner={uid}:{gid}")?;
    }
    if optional {
        text.push_str(" optional");
    }
    Ok(())
}

pub(super) fn write_file(text: &mut String, file: &pb::FileOp, inputs: &Inputs) -> fmt::Result {
    // A number from the count of inputs on is an earlier action's result.
    let tree = |index: i64| match usize::try_from(index) {
        Ok(index) if index >= inputs.0.len() => format!("#{}", index - inputs.0.len()),
        _ => inputs.at(index).to_owned(),
    };
    for action in &file.actions {
        use pb::file_action::Action;
        write!(text, "  {}: ", tree(action.input))?;
        let (owner, timestamp) = match &action.action {
            Some(Action::Mkdir(mkdir)) => {
                write!(text, "mkdir {} mode={:04o}", mkdir.path, mkdir.mode)?;
                write_switches(text, &[("parents", mkdir.make_parents)]);
                (&mkdir.owner, mkdir.timestamp)
            }
            Some(Action::Mkfile(mkfile)) => {
                write!(text, "mkfile {} mode={:04o}", mkfile.path, mkfile.mode)?;
                write!(text, " data={}", data_text(&mkfile.data))?;
                (&mkfile.owner, mkfile.timestamp)
            }
            Some(Action::Symlink(link)) => {
                write!(text, "symlink {} -> {}", link.newpath, link.oldpath)?;
                (&link.owner, link.timestamp)
            }
            Some(Action::Rm(rm)) => {
                write!(text, "rm {}", rm.path)?;
                let switches = [
                    ("wildcard", rm.allow_wildcard),
                    ("allow-not-found", rm.allow_not_found),
                ];
                write_switches(text, &switches);
                (&None, -1)
            }
            Some(Action::Copy(copy)) => {
                let from = tree(action.secondary_input);
                write!(text, "copy {from} {} to {}", copy.src, copy.dest)?;
                write_copy(text, copy)?;
                (&copy.owner, copy.timestamp)
            }
            None => {
                text.push_str("unknown");
                (&None, -1)
            }
        };
        if let Some(owner) = owner {
            let account = |account: &Option<pb::UserOpt>| {
                use pb::user_opt::User;
                match account.as_ref().and_then(|account| account.user.as_ref()) {
                    None => String::new(),
                    Some(User::ById(id)) => id.to_string(),
                    Some(User::ByName(name)) => format!("{}@{}", name.name, tree(name.input)),
                }
            };
            write!(
                text,
                " owner={}:{}",
                account(&owner.user),
                account(&owner.group)
            )?;
        }
        if timestamp != -1 {
            write!(text, " created={timestamp}")?;
        }
        text.push('\n');
    }
    Ok(())
}

fn write_copy(text: &mut String, copy: &pb::FileActionCopy) -> fmt::Result {
    if !copy.mode_str.is_empty() {
        write!(text, " mode={}", copy.mode_str)?;
    } else if copy.mode >= 0 {
        write!(text, " mode={:04o}", copy.mode)?;
    }
    let switches = [
        ("follow-links", copy.follow_symlink),
        ("contents-only", copy.dir_copy_contents),
        ("unpack", copy.attempt_unpack_docker_compatibility),
        ("create-parents", copy.create_dest_path),
        ("wildcard", copy.allow_wildcard),
        ("allow-empty", copy.allow_empty_wildcard),
        ("replace", copy.always_replace_existing_dest_paths),
    ];
    write_switches(text, &switches);
    for (what, patterns) in [
        ("include", &copy.include_patterns),
        ("exclude", &copy.exclude_patterns),
        ("required", &copy.required_paths),
    ] {
        if !patterns.is_empty() {
            write!(text, " {what}={patterns:?}")?;
        }
    }
    Ok(())
}

fn write_switches(text: &mut String, switches: &[(&str, bool)]) {
    for (name, _) in switches.iter().filter(|(_, on)| *on) {
        text.push(' ');
        text.push_str(name);
    }
}

/// Short texts as they are, everything else by size and digest.
fn data_text(data: &[u8]) -> String {
    const SHORT: usize = 200;
    match std::str::from_utf8(data) {
        Ok(text) if text.len() <= SHORT => format!("{text:?}"),
        _ => format!("({} bytes, {})", data.len(), Digest::of(data)),
    }
}
