//! The variables that markers name, and their values for one target.

use crate::python::{Target, machine};

/// The name of a value of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::python) enum Variable {
    ImplementationName,
    ImplementationVersion,
    OsName,
    PlatformMachine,
    PlatformPythonImplementation,
    PlatformRelease,
    PlatformSystem,
    PlatformVersion,
    PythonFullVersion,
    PythonVersion,
    SysPlatform,
    Extra,
}

/// The names, those of PEP 345 included, which old packages still use.
pub(super) const VARIABLES: &[(&str, Variable)] = &[
    ("implementation_name", Variable::ImplementationName),
    ("implementation_version", Variable::ImplementationVersion),
    ("os_name", Variable::OsName),
    ("os.name", Variable::OsName),
    ("platform_machine", Variable::PlatformMachine),
    ("platform.machine", Variable::PlatformMachine),
    (
        "platform_python_implementation",
        Variable::PlatformPythonImplementation,
    ),
    (
        "platform.python_implementation",
        Variable::PlatformPythonImplementation,
    ),
    (
        "python_implementation",
        Variable::PlatformPythonImplementation,
    ),
    ("platform_release", Variable::PlatformRelease),
    ("platform_system", Variable::PlatformSystem),
    ("platform_version", Variable::PlatformVersion),
    ("platform.version", Variable::PlatformVersion),
    ("python_full_version", Variable::PythonFullVersion),
    ("python_version", Variable::PythonVersion),
    ("sys_platform", Variable::SysPlatform),
    ("sys.platform", Variable::SysPlatform),
    ("extra", Variable::Extra),
];

/// The names that are worth suggesting.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    let old = |name: &str| name.contains('.') || name == "python_implementation";
    VARIABLES
        .iter()
        .map(|(name, _)| *name)
        .filter(move |name| !old(name))
}

impl Variable {
    pub(super) fn is_version(self) -> bool {
        matches!(
            self,
            Self::ImplementationVersion | Self::PythonFullVersion | Self::PythonVersion
        )
    }
}

/// The values of the variables for one target.
#[derive(Clone, Debug)]
pub(in crate::python) struct Environment {
    machine: String,
    minor: String,
    full: String,
}

impl From<&Target> for Environment {
    fn from(target: &Target) -> Self {
        Self {
            machine: machine(&target.platform).to_owned(),
            minor: target.python.to_string(),
            full: format!("{}.0", target.python),
        }
    }
}

impl Environment {
    pub(super) fn get(&self, variable: Variable) -> &str {
        match variable {
            Variable::ImplementationName => "cpython",
            Variable::OsName => "posix",
            Variable::PlatformMachine => &self.machine,
            Variable::PlatformPythonImplementation => "CPython",
            Variable::PlatformSystem => "Linux",
            Variable::SysPlatform => "linux",
            Variable::PythonVersion => &self.minor,
            Variable::PythonFullVersion | Variable::ImplementationVersion => &self.full,
            // Requirement files ask for no extra.
            Variable::PlatformRelease | Variable::PlatformVersion | Variable::Extra => "",
        }
    }
}
