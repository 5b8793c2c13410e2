//! The HTTP agent: one TLS stack, proxies and certificate authorities from the environment.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::config::RedirectAuthHeaders;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// An agent with limits on connecting and waiting. `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name
/// proxies; certificates are checked against the system's store, or `SSL_CERT_FILE` and `SSL_CERT_DIR`.
pub fn new() -> Agent {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .user_agent(concat!("patchward/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        .timeout_resolve(Some(Duration::from_secs(10)))
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        // A server that stops in the middle of a document is left after a minute, and asked for the rest.
        .timeout_per_read(Some(Duration::from_secs(60)))
        .max_redirects(5)
        // The name and password of a URL in the settings stay with its host.
        .redirect_auth_headers(RedirectAuthHeaders::SameHost)
        .build();
    config.into()
}
