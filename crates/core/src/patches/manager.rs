//! Package managers, and which one a component belongs to.

use patchward_protocol::inventory::{Component, OperatingSystem};
use patchward_version::Scheme;

/// The package manager that upgrades a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the name of the tool")]
pub enum Manager {
    Apt,
    Dnf,
    Zypper,
    Apk,
    Pacman,
    Cargo,
    Npm,
    Yarn,
    Pnpm,
    Bun,
    Pip,
    Poetry,
    Uv,
    Pipenv,
    Pdm,
    Go,
    Composer,
    Bundler,
    Maven,
    Gradle,
    DotNet,
    Mix,
    Pub,
}

impl Manager {
    /// The manager of a component: by its purl type, and for languages by the file that it was found in.
    pub fn of(component: &Component, os: Option<&OperatingSystem>) -> Option<Manager> {
        let kind = component.purl.strip_prefix("pkg:")?.split('/').next()?;
        let path = component
            .locations
            .first()
            .map_or("", |location| location.path.as_str());
        let file = path.rsplit('/').next().unwrap_or_default();
        Some(match (kind, file) {
            ("deb", _) => Manager::Apt,
            ("rpm", _) if os.is_some_and(is_suse) => Manager::Zypper,
            ("rpm", _) => Manager::Dnf,
            ("apk", _) => Manager::Apk,
            ("alpm", _) => Manager::Pacman,
            ("cargo", _) => Manager::Cargo,
            ("npm", "yarn.lock") => Manager::Yarn,
            ("npm", "pnpm-lock.yaml") => Manager::Pnpm,
            ("npm", "bun.lock") => Manager::Bun,
            ("npm", _) => Manager::Npm,
            ("pypi", "poetry.lock") => Manager::Poetry,
            ("pypi", "uv.lock") => Manager::Uv,
            ("pypi", "Pipfile.lock") => Manager::Pipenv,
            ("pypi", "pdm.lock") => Manager::Pdm,
            ("pypi", _) => Manager::Pip,
            ("golang", _) => Manager::Go,
            ("composer", _) => Manager::Composer,
            ("gem", _) => Manager::Bundler,
            ("maven", _) if file.contains("gradle") => Manager::Gradle,
            ("maven", _) => Manager::Maven,
            ("nuget", _) => Manager::DotNet,
            ("hex", _) => Manager::Mix,
            ("pub", _) => Manager::Pub,
            _ => return None,
        })
    }

    /// The tool's name, as its users type it.
    pub fn name(self) -> &'static str {
        match self {
            Manager::Apt => "apt",
            Manager::Dnf => "dnf",
            Manager::Zypper => "zypper",
            Manager::Apk => "apk",
            Manager::Pacman => "pacman",
            Manager::Cargo => "cargo",
            Manager::Npm => "npm",
            Manager::Yarn => "yarn",
            Manager::Pnpm => "pnpm",
            Manager::Bun => "bun",
            Manager::Pip => "pip",
            Manager::Poetry => "poetry",
            Manager::Uv => "uv",
            Manager::Pipenv => "pipenv",
            Manager::Pdm => "pdm",
            Manager::Go => "go",
            Manager::Composer => "composer",
            Manager::Bundler => "bundler",
            Manager::Maven => "maven",
            Manager::Gradle => "gradle",
            Manager::DotNet => "dotnet",
            Manager::Mix => "mix",
            Manager::Pub => "pub",
        }
    }

    /// It installs packages of the operating system.
    pub fn is_os(self) -> bool {
        matches!(
            self,
            Manager::Apt | Manager::Dnf | Manager::Zypper | Manager::Apk | Manager::Pacman
        )
    }

    /// The order of its versions.
    pub fn scheme(self) -> Option<Scheme> {
        let kind = match self {
            Manager::Apt => "deb",
            Manager::Dnf | Manager::Zypper => "rpm",
            Manager::Apk => "apk",
            Manager::Pacman => "alpm",
            Manager::Cargo => "cargo",
            Manager::Npm | Manager::Yarn | Manager::Pnpm | Manager::Bun => "npm",
            Manager::Pip | Manager::Poetry | Manager::Uv | Manager::Pipenv | Manager::Pdm => "pypi",
            Manager::Go => "golang",
            Manager::Composer => "composer",
            Manager::Bundler => "gem",
            Manager::Maven | Manager::Gradle => "maven",
            Manager::DotNet => "nuget",
            Manager::Mix => "hex",
            Manager::Pub => "pub",
        };
        Scheme::for_purl_type(kind)
    }
}

fn is_suse(os: &OperatingSystem) -> bool {
    let suse = |id: &String| id.contains("suse") || id.starts_with("sle");
    suse(&os.id) || os.id_like.iter().any(suse)
}
