//! What the image's configuration says beside what the base's does.
//!
//! Data alone: none of it rebuilds anything.

use serde::Serialize;

use super::Stage;
use crate::source::Spanned;
use crate::stub::{Healthcheck, Template, Variant};

/// The configuration of the image of a stage.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// The working directory.
    pub workdir: Spanned<Template>,
    /// Environment variables, in the order of their first mention.
    pub env: Vec<(String, Spanned<Template>)>,
    /// Whether the image has a virtual environment, and so the variables that
    /// name it.
    pub virtual_environment: bool,
    /// How the application is run; `None` in a stage without it.
    pub run: Option<Run>,
}

/// How the application is run, and what the image says about itself.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// The entrypoint; the base image's where there is none.
    pub entrypoint: Option<Vec<String>>,
    /// The command; with an entrypoint and no command there is none.
    pub cmd: Option<Vec<String>>,
    /// Ports: `8000/tcp`.
    pub expose: Vec<String>,
    /// Volumes: absolute paths.
    pub volumes: Vec<String>,
    /// How the engine checks that the application works.
    pub healthcheck: Option<Healthcheck>,
    /// The signal that stops it.
    pub stop_signal: Option<String>,
    /// Labels, in the order of their first mention.
    pub labels: Vec<(String, Spanned<Template>)>,
}

impl Settings {
    pub(super) fn new(variant: &Variant, stage: &Stage) -> Self {
        let app = &variant.app;
        Self {
            workdir: variant.base.workdir.clone(),
            env: variant.base.env.clone(),
            virtual_environment: !variant.python.layers.is_empty(),
            run: (*stage == Stage::Whole).then(|| Run {
                entrypoint: app.entrypoint.clone(),
                cmd: app.cmd.clone(),
                expose: app.expose.clone(),
                volumes: app.volumes.clone(),
                healthcheck: app.healthcheck.clone(),
                stop_signal: app.stop_signal.clone(),
                labels: app.labels.clone(),
            }),
        }
    }
}
