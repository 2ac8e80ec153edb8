//! Values of the stub as the JSON of a plan has them.

use std::time::Duration;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::{Accelerator, Copy, Healthcheck, Installer, Name, Probe, Template, Timing, User};

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// As the user wrote it, arguments filled in.
impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Accelerator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Cuda => serializer.serialize_str("cuda"),
        }
    }
}

impl Serialize for Installer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.program())
    }
}

impl Serialize for User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut user = serializer.serialize_struct("User", 2)?;
        user.serialize_field("name", &self.name)?;
        user.serialize_field("uid", &self.uid)?;
        user.end()
    }
}

impl Serialize for Copy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut copy = serializer.serialize_struct("Copy", 3)?;
        copy.serialize_field("from", &self.from)?;
        copy.serialize_field("to", &self.to)?;
        copy.serialize_field("mode", &self.mode.map(|mode| format!("{mode:04o}")))?;
        copy.end()
    }
}

/// `false` where it switches off that of the base image.
impl Serialize for Healthcheck {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self::Check { probe, timing } = self else {
            return serializer.serialize_bool(false);
        };
        let Timing {
            interval,
            timeout,
            start_period,
            retries,
        } = timing;
        let seconds = |duration: &Option<Duration>| duration.map(|it| it.as_secs_f64());
        let mut check = serializer.serialize_struct("Healthcheck", 5)?;
        match probe {
            Probe::Command(command) => check.serialize_field("cmd", command)?,
            Probe::Http(address) => check.serialize_field("http", &address.value)?,
        }
        check.serialize_field("interval_seconds", &seconds(interval))?;
        check.serialize_field("timeout_seconds", &seconds(timeout))?;
        check.serialize_field("start_period_seconds", &seconds(start_period))?;
        check.serialize_field("retries", retries)?;
        check.end()
    }
}
