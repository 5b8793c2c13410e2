//! From a CNA's vendor, product, collection and CPE names to packages, where that is unambiguous.

use patchward_purl::Purl;

use super::schema::Product;
use crate::cpe::Cpe;
use crate::model::Package;

/// Collections whose package names are an ecosystem's own. The address is compared without scheme, `www.` and slash.
const COLLECTIONS: &[(&str, &str)] = &[
    ("npmjs.com", "npm"),
    ("npmjs.com/package", "npm"),
    ("registry.npmjs.org", "npm"),
    ("pypi.org", "PyPI"),
    ("pypi.org/project", "PyPI"),
    ("pypi.python.org", "PyPI"),
    ("pypi.python.org/pypi", "PyPI"),
    ("repo.maven.apache.org/maven2", "Maven"),
    ("repo1.maven.org/maven2", "Maven"),
    ("mvnrepository.com", "Maven"),
    ("central.sonatype.com", "Maven"),
    ("packagist.org", "Packagist"),
    ("rubygems.org", "RubyGems"),
    ("rubygems.org/gems", "RubyGems"),
    ("crates.io", "crates.io"),
    ("crates.io/crates", "crates.io"),
    ("pkg.go.dev", "Go"),
    ("proxy.golang.org", "Go"),
    ("nuget.org", "NuGet"),
    ("nuget.org/packages", "NuGet"),
    ("api.nuget.org/v3", "NuGet"),
    ("hex.pm", "Hex"),
    ("hex.pm/packages", "Hex"),
    ("repo.hex.pm", "Hex"),
    ("pub.dev", "Pub"),
    ("pub.dev/packages", "Pub"),
    ("cran.r-project.org", "CRAN"),
    ("hackage.haskell.org", "Hackage"),
    ("hackage.haskell.org/package", "Hackage"),
];

/// The packages that an entry is about: the ecosystem's, else its CPE names, else its name in words.
pub fn of(product: &Product<'_>) -> Vec<Package> {
    if let Some(package) = by_purl(product).or_else(|| by_collection(product)) {
        return vec![package];
    }
    let red_hat = by_red_hat(product);
    if !red_hat.is_empty() {
        return red_hat;
    }
    if is_kernel(product) {
        return vec![package("Linux", "Kernel".into())];
    }
    let cpes = by_cpe(product);
    if !cpes.is_empty() {
        return cpes;
    }
    let vendor = product.vendor.as_deref().unwrap_or_default().trim();
    let name = product.product.as_deref().or(product.package.as_deref());
    vec![package(
        "Product",
        format!("{vendor}:{}", name.unwrap_or_default().trim()),
    )]
}

fn package(ecosystem: &str, name: String) -> Package {
    Package {
        ecosystem: ecosystem.to_owned(),
        name,
        purl: None,
    }
}

fn by_purl(product: &Product<'_>) -> Option<Package> {
    let purl: Purl = product.purl.as_deref()?.parse().ok()?;
    Some(Package {
        ecosystem: purl.ecosystem()?.to_owned(),
        name: purl.package_name(),
        purl: Some(purl.without_version().to_string()),
    })
}

/// An address without scheme, `www.` and slashes at the end, in lower case.
fn place(url: &str) -> String {
    let url = url.trim().to_ascii_lowercase();
    let bare = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    bare.strip_prefix("www.")
        .unwrap_or(bare)
        .trim_end_matches('/')
        .to_owned()
}

fn by_collection(product: &Product<'_>) -> Option<Package> {
    let place = place(product.collection.as_deref()?);
    let name = product.package.as_deref()?.trim();
    if name.is_empty() || name.contains(char::is_whitespace) {
        return None;
    }
    let word_press = |kind: &str| Some(package("WordPress", format!("{kind}/{name}")));
    match place.as_str() {
        "wordpress.org/plugins" => return word_press("plugin"),
        "wordpress.org/themes" => return word_press("theme"),
        _ => {}
    }
    let (_, ecosystem) = COLLECTIONS.iter().find(|(known, _)| *known == place)?;
    // Maven coordinates need a group; some records write it with a slash.
    let name = match *ecosystem {
        "Maven" => {
            let name = name.replacen('/', ":", usize::from(!name.contains(':')));
            name.contains(':').then_some(name)?
        }
        _ => name.to_owned(),
    };
    Some(package(ecosystem, name))
}

/// Red Hat names each platform by CPE and its package beside: `Red Hat:enterprise_linux:8::baseos`.
fn by_red_hat(product: &Product<'_>) -> Vec<Package> {
    let ours = product
        .collection
        .as_deref()
        .is_some_and(|url| place(url) == "access.redhat.com/downloads/content/package-browser");
    let Some(name) = product.package.as_deref().filter(|_| ours) else {
        return Vec::new();
    };
    // Modules and containers write `stream/name`.
    let name = name.rsplit('/').next().unwrap_or(name);
    product
        .cpes
        .iter()
        .flatten()
        .filter_map(|cpe| cpe.strip_prefix("cpe:/")?.get(2..)?.strip_prefix("redhat:"))
        .map(|platform| package(&format!("Red Hat:{platform}"), name.to_owned()))
        .collect()
}

fn is_kernel(product: &Product<'_>) -> bool {
    let is = |field: &Option<crate::format::json::Text<'_>>, text: &str| {
        field
            .as_deref()
            .is_some_and(|value| value.eq_ignore_ascii_case(text))
    };
    is(&product.vendor, "Linux")
        && (is(&product.product, "Linux") || is(&product.product, "Linux Kernel"))
}

fn by_cpe(product: &Product<'_>) -> Vec<Package> {
    let mut names: Vec<String> = product
        .cpes
        .iter()
        .flatten()
        .filter_map(|text| text.parse::<Cpe>().ok())
        .map(|cpe| cpe.any_version().to_string())
        .collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| package("CPE", name)).collect()
}
