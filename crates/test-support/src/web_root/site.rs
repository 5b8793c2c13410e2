//! What hosts over the tree of a web host can do.

use crate::host::Host;
use crate::place;

/// The port that the sources in the tree name.
const MIRROR_PORT: u16 = 8081;

impl Host {
    /// Starts the database, the site and the web server, and waits until the site answers.
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

    /// Serves the host the mirrors that its apt takes packages from.
    ///
    /// # Panics
    /// When they cannot be served.
    #[track_caller]
    pub fn start_mirror(&self) {
        self.shell(&format!(
            "setsid python3 -m http.server --bind 127.0.0.1 --directory {} {MIRROR_PORT} </dev/null >/dev/null 2>&1 &
             for try in $(seq 100); do curl -fsS http://127.0.0.1:{MIRROR_PORT}/ >/dev/null 2>&1 && exit; sleep 0.05; done; exit 1",
            place::MIRROR
        ));
    }
}
