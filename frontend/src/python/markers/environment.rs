//! The variables that markers name, and their values for a target.

use crate::python::{Target, machine};

/// A variable of the environment.
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

/// The names; the later ones of a variable are those of PEP 345, which old
/// packages still use.
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
    /// Whether it holds a version. So does `platform_release` in packaging,
    /// but not here, where it is empty.
    pub(super) fn is_version(self) -> bool {
        self.has_patch() || self == Self::PythonVersion
    }

    /// Whether its value tells the patch release of Python.
    pub(super) fn has_patch(self) -> bool {
        matches!(self, Self::ImplementationVersion | Self::PythonFullVersion)
    }

    /// Its current name.
    pub(super) fn name(self) -> &'static str {
        let mut names = VARIABLES.iter();
        names
            .find(|(_, variable)| *variable == self)
            .map_or("", |(name, _)| name)
    }
}

/// The values of the variables for a target.
#[derive(Clone, Debug)]
pub(in crate::python) struct Environment {
    machine: String,
    minor: String,
}

impl From<&Target> for Environment {
    fn from(target: &Target) -> Self {
        Self {
            machine: machine(&target.platform).to_owned(),
            minor: target.python.to_string(),
        }
    }
}

impl Environment {
    /// Python's version without its patch release: `3.11`.
    pub(super) fn minor(&self) -> &str {
        &self.minor
    }

    /// The value of a variable, but for those that tell the patch release.
    pub(super) fn get(&self, variable: Variable) -> &str {
        match variable {
            Variable::ImplementationName => "cpython",
            Variable::OsName => "posix",
            Variable::PlatformMachine => &self.machine,
            Variable::PlatformPythonImplementation => "CPython",
            Variable::PlatformSystem => "Linux",
            Variable::SysPlatform => "linux",
            Variable::PythonVersion
            | Variable::PythonFullVersion
            | Variable::ImplementationVersion => &self.minor,
            // Requirement files ask for no extra.
            Variable::PlatformRelease | Variable::PlatformVersion | Variable::Extra => "",
        }
    }
}
