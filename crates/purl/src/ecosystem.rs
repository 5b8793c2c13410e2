//! The ecosystem and name by which advisories know a package.

use crate::Purl;

impl Purl {
    /// The OSV ecosystem of the type, where the type alone decides it.
    ///
    /// Types of operating systems (`deb`, `rpm`, `apk`, `alpm`) give `None`: there the distribution decides.
    pub fn ecosystem(&self) -> Option<&'static str> {
        Some(match self.kind() {
            "bitnami" => "Bitnami",
            "cargo" => "crates.io",
            "composer" => "Packagist",
            "conan" => "ConanCenter",
            "cpan" => "CPAN",
            "cran" => "CRAN",
            "gem" => "RubyGems",
            // Some tools write an action as the repository that holds it.
            "github" | "githubactions" => "GitHub Actions",
            "golang" => "Go",
            "hackage" => "Hackage",
            "hex" => "Hex",
            "julia" => "Julia",
            "k8s" => "Kubernetes",
            "maven" => "Maven",
            "npm" => "npm",
            "nuget" => "NuGet",
            "opam" => "opam",
            "pub" => "Pub",
            "pypi" => "PyPI",
            "swift" => "SwiftURL",
            "vscode-extension" => "VSCode",
            _ => return None,
        })
    }

    /// The name as that ecosystem's advisories write it: `@scope/name`, `group:artifact`, `vendor/name`, a whole Go
    /// module path. Packages of distributions have their bare name: their namespace is the distribution.
    pub fn package_name(&self) -> String {
        let Some(namespace) = self.namespace() else {
            return self.name().to_owned();
        };
        match self.kind() {
            "alpm" | "apk" | "conan" | "cpan" | "deb" | "qpkg" | "rpm" => self.name().to_owned(),
            "maven" => format!("{namespace}:{}", self.name()),
            "vscode-extension" => format!("{namespace}.{}", self.name()),
            // A scope that lost its sign on the way.
            "npm" if !namespace.starts_with('@') => format!("@{namespace}/{}", self.name()),
            _ => format!("{namespace}/{}", self.name()),
        }
    }
}
