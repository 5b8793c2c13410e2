//! Which ecosystem and which purl type uses which scheme.
//!
//! Names are those of the OSV schema's list, and those of distributions that publish elsewhere. An ecosystem that mixes
//! packages of several kinds (TuxCare, Docker Hardened Images, OSS-Fuzz) or has no order of its own (Android, the Linux
//! kernel) gets [`Scheme::Generic`].

use super::Scheme;

/// See [`Scheme::for_ecosystem`].
pub(super) fn of_osv(ecosystem: &str) -> Option<Scheme> {
    let (name, rest) = ecosystem.split_once(':').unwrap_or((ecosystem, ""));
    if name == "Root" {
        let (inner, _) = rest.split_once(':').unwrap_or((rest, ""));
        return of_name(inner);
    }
    of_name(name)
}

fn of_name(name: &str) -> Option<Scheme> {
    Some(match name {
        "Debian" | "Ubuntu" | "Echo" => Scheme::Debian,
        "AlmaLinux" | "Amazon" | "Amazon Linux" | "Azure Linux" | "CentOS" | "CentOS Stream"
        | "Fedora" | "Mageia" | "Mariner" | "Oracle Linux" | "Photon OS" | "Red Hat"
        | "Rocky Linux" | "SUSE" | "openEuler" | "openSUSE" => Scheme::Rpm,
        "Alpaquita"
        | "Alpine"
        | "BellSoft Hardened Containers"
        | "Chainguard"
        | "CleanStart"
        | "MinimOS"
        | "Wolfi" => Scheme::Alpine,
        "Arch Linux" => Scheme::Arch,
        "Gentoo" => Scheme::Gentoo,
        "GitHub Actions" | "VSCode" | "crates.io" => Scheme::SemVer,
        "npm" => Scheme::Npm,
        "Go" | "Kubernetes" => Scheme::Go,
        "PyPI" => Scheme::PyPi,
        "RubyGems" => Scheme::RubyGems,
        "Maven" => Scheme::Maven,
        "NuGet" => Scheme::NuGet,
        "Packagist" => Scheme::Packagist,
        "Bioconductor" | "CRAN" => Scheme::Cran,
        "GHC" | "Hackage" => Scheme::Hackage,
        "ConanCenter" => Scheme::Conan,
        "Bitnami" => Scheme::Bitnami,
        "Hex" => Scheme::Hex,
        "Pub" => Scheme::Pub,
        "SwiftURL" => Scheme::Swift,
        "Julia" => Scheme::Julia,
        "opam" => Scheme::Opam,
        "Android" | "Docker Hardened Images" | "FreeBSD" | "Linux" | "OSS-Fuzz" | "TuxCare" => {
            Scheme::Generic
        }
        _ => return None,
    })
}

/// See [`Scheme::for_purl_type`].
pub(super) fn of_purl(purl_type: &str) -> Option<Scheme> {
    Some(match purl_type {
        "deb" => Scheme::Debian,
        "rpm" => Scheme::Rpm,
        "apk" => Scheme::Alpine,
        "alpm" => Scheme::Arch,
        "ebuild" => Scheme::Gentoo,
        "cargo" | "githubactions" | "vscode-extension" => Scheme::SemVer,
        "npm" => Scheme::Npm,
        "golang" => Scheme::Go,
        "pypi" => Scheme::PyPi,
        "cocoapods" | "gem" => Scheme::RubyGems,
        "maven" => Scheme::Maven,
        "nuget" => Scheme::NuGet,
        "composer" => Scheme::Packagist,
        "bioconductor" | "cran" => Scheme::Cran,
        "hackage" => Scheme::Hackage,
        "conan" => Scheme::Conan,
        "bitnami" => Scheme::Bitnami,
        "hex" => Scheme::Hex,
        "pub" => Scheme::Pub,
        "swift" => Scheme::Swift,
        "julia" => Scheme::Julia,
        "opam" => Scheme::Opam,
        "conda" => Scheme::Conda,
        "cpan" => Scheme::Cpan,
        "bitbucket" | "docker" | "generic" | "github" | "gitlab" | "huggingface" | "luarocks"
        | "mlflow" | "oci" | "otp" | "qpkg" | "swid" => Scheme::Generic,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_behind_the_colon_does_not_matter() {
        assert_eq!(of_osv("Debian:12"), Some(Scheme::Debian));
        assert_eq!(of_osv("Ubuntu:Pro:18.04:LTS"), Some(Scheme::Debian));
        assert_eq!(of_osv("Red Hat:rhel_aus:8.4::appstream"), Some(Scheme::Rpm));
        assert_eq!(of_osv("Maven:https://repo.example"), Some(Scheme::Maven));
        assert_eq!(of_osv("Nowhere"), None);
    }

    #[test]
    fn root_takes_the_order_of_the_ecosystem_that_it_patches() {
        assert_eq!(of_osv("Root:Alpine:3.18"), Some(Scheme::Alpine));
        assert_eq!(of_osv("Root:PyPI"), Some(Scheme::PyPi));
        assert_eq!(of_osv("Root"), None);
    }

    #[test]
    fn every_ecosystem_of_the_osv_schema_has_a_scheme() {
        let Some(corpus) = patchward_test_support::corpus() else {
            println!("skipped: no corpus");
            return;
        };
        let text = std::fs::read_to_string(corpus.join("osv/ecosystems.json")).unwrap();
        let names = text.lines().filter_map(|line| line.split('"').nth(1));
        for name in names.filter(|name| *name != "Root") {
            assert!(of_osv(name).is_some(), "{name}");
        }
    }
}
