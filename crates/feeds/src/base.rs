//! Where publishers keep their documents. Each base can be replaced, alone or with all others (see
//! [`Config`](crate::Config)); what lies below it is laid out as the publisher does it.

/// The base of a publisher's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    /// Its name in the settings: the feed's, with an ending where a feed has several.
    pub name: &'static str,
    /// Its folder in a mirror of all feeds.
    pub folder: &'static str,
    /// The publisher's own.
    pub url: &'static str,
}

macro_rules! bases {
    ($($constant:ident $name:literal $folder:literal $url:literal)*) => {
        $(#[doc = concat!("`", $name, "`")] pub const $constant: Base = Base { name: $name, folder: $folder, url: $url };)*

        /// Every base.
        pub const BASES: &[Base] = &[$($constant),*];
    };
}

bases! {
    KEV "kev" "kev" "https://www.cisa.gov/sites/default/files/feeds"
    EPSS "epss" "epss" "https://epss.empiricalsecurity.com"
    DEBIAN_TRACKER "debian-tracker" "debian" "https://security-tracker.debian.org"
    DEBIAN_LISTS "debian-lists" "debian/security-tracker-team/security-tracker/-/raw/master/data"
        "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data"
    ALPINE "alpine" "alpine" "https://secdb.alpinelinux.org"
    OSV "osv" "osv" "https://osv-vulnerabilities.storage.googleapis.com"
    GO "go" "govulndb" "https://vuln.go.dev"
    PACKAGIST "packagist" "packagist" "https://packagist.org"
    RETIREJS "retirejs" "retirejs" "https://raw.githubusercontent.com/RetireJS/retire.js/master/repository"
    WORDPRESS "wordpress" "wordpress" "https://www.wordfence.com"
    EOL "eol" "eol" "https://endoflife.date"
    CSAF_REDHAT "csaf-redhat" "csaf-redhat/data/csaf/v2" "https://security.access.redhat.com/data/csaf/v2"
    CSAF_SUSE "csaf-suse" "csaf-suse/pub/projects/security" "https://ftp.suse.com/pub/projects/security"
    CSAF_CISA "csaf-cisa" "csaf" "https://raw.githubusercontent.com/cisagov/CSAF/develop/csaf_files"
    CVE_RELEASES "cve-releases" "cve5/api/repos/CVEProject/cvelistV5" "https://api.github.com/repos/CVEProject/cvelistV5"
    CVE_DOWNLOADS "cve-downloads" "cve5/CVEProject/cvelistV5/releases/download"
        "https://github.com/CVEProject/cvelistV5/releases/download"
    CVE_RECORDS "cve-records" "cve5/raw/CVEProject/cvelistV5/main/cves"
        "https://raw.githubusercontent.com/CVEProject/cvelistV5/main/cves"
    NVD_API "nvd-api" "nvd/real" "https://services.nvd.nist.gov"
    NVD_ARCHIVES "nvd-archives" "nvd/derived" "https://nvd.nist.gov"
}
