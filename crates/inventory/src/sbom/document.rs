//! What every format is reduced to.

use std::borrow::Cow;

use patchward_protocol::inventory::Location;

/// A document as its format's reader understood it.
#[derive(Default)]
pub struct Document<'a> {
    /// Format with its version.
    pub format: String,
    /// Packages, groups, operating systems and the subject, in the order of the document.
    pub packages: Vec<Package<'a>>,
    /// Who needs whom, by reference.
    pub needs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// References of what the document describes.
    pub subjects: Vec<Cow<'a, str>>,
    /// References that group others: they are looked through where nothing identifies them.
    pub groups: Vec<Cow<'a, str>>,
    /// References that something needs for development or tests.
    pub development: Vec<Cow<'a, str>>,
    /// Every element of the format is a package, even one without version.
    pub all_packages: bool,
    /// Name of the subject, where no package says it.
    pub name: Cow<'a, str>,
}

/// One element of a document.
#[derive(Default)]
pub struct Package<'a> {
    /// The document's own id of it.
    pub reference: Cow<'a, str>,
    pub role: Role,
    pub group: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub version: Cow<'a, str>,
    pub purl: Cow<'a, str>,
    pub cpes: Vec<Cow<'a, str>>,
    pub development: Option<bool>,
    pub locations: Vec<Location>,
    /// Named values that tools add.
    pub properties: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Digests by algorithm, as the document names it.
    pub hashes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub license: Cow<'a, str>,
}

/// What an element is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    #[default]
    Package,
    /// What the document describes.
    Subject,
    /// Files, data and other things that are components only when they have a purl or CPE.
    Other,
    OperatingSystem,
}

impl Package<'_> {
    /// The value of a property.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.property_of("", name)
    }

    /// The value of a property that begins with a tool's own prefix.
    pub fn property_of(&self, prefix: &str, name: &str) -> Option<&str> {
        let mut properties = self.properties.iter();
        let found = properties.find(|(have, _)| have.strip_prefix(prefix) == Some(name));
        found
            .map(|(_, value)| value.as_ref())
            .filter(|value| !value.is_empty())
    }
}
