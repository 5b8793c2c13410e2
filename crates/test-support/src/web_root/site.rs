//! What hosts over the tree of a web host can do.

use crate::host::Host;

impl Host {
    /// Starts the database, the site and the web server, and waits until the site answers. The web server also has the
    /// mirrors that the host's apt takes packages from.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn start_site(&self) {
        for name in ["postgresql", "shop", "nginx"] {
            self.start_service(name);
        }
        let url = format!("http://{}/health", self.address);
        self.shell(&format!(
            "for try in $(seq 100); do curl -fsS {url} && exit; sleep 0.1; done; exit 1"
        ));
    }

    /// A page of the site, as a visitor gets it.
    ///
    /// # Panics
    /// When there is no answer.
    #[track_caller]
    pub fn page(&self, path: &str) -> String {
        let url = format!("http://{}{path}", self.address);
        self.run(["curl", "-sS", "-m", "20", &url])
    }
}
