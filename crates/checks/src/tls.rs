//! TLS: the certificate's name and time are always checked, its issuer unless the check says that it need not be.

use std::io;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error,
    SignatureScheme, StreamOwned,
};

use crate::deadline::Deadline;
use crate::x509;

/// How a certificate is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trust {
    /// It must lead to a root that the machine trusts.
    pub issuer: bool,
    /// Seconds that it must still hold.
    pub seconds_left: u64,
}

/// A connection with TLS on it.
pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// Begins TLS on a connection. The handshake is done here, so that what is wrong with it is told apart from the rest.
pub fn begin(tcp: TcpStream, name: &str, trust: Trust, deadline: Deadline) -> io::Result<Stream> {
    let wrong = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
    let server = ServerName::try_from(name.to_owned()).map_err(|error| wrong(&error))?;
    let provider = provider();
    let verifier = Verifier {
        issuer: match trust.issuer {
            true => Some(roots().map_err(|error| wrong(&error))?),
            false => None,
        },
        seconds_left: trust.seconds_left,
        provider: provider.clone(),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let mut session =
        ClientConnection::new(Arc::new(config), server).map_err(|error| wrong(&error))?;
    while session.is_handshaking() {
        session.complete_io(&mut deadline.timed(&tcp))?;
    }
    Ok(StreamOwned::new(session, tcp))
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER
        .get_or_init(|| Arc::new(aws_lc_rs::default_provider()))
        .clone()
}

/// The machine's roots are read once.
fn roots() -> Result<Arc<rustls_platform_verifier::Verifier>, Error> {
    static ROOTS: Mutex<Option<Arc<rustls_platform_verifier::Verifier>>> = Mutex::new(None);
    let mut roots = ROOTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(there) = &*roots {
        return Ok(there.clone());
    }
    let made = Arc::new(rustls_platform_verifier::Verifier::new(provider())?);
    Ok(roots.insert(made).clone())
}

#[derive(Debug)]
struct Verifier {
    issuer: Option<Arc<rustls_platform_verifier::Verifier>>,
    seconds_left: u64,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let validity = x509::validity(end_entity).ok_or(CertificateError::BadEncoding)?;
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if seconds < validity.from {
            return Err(CertificateError::NotValidYet.into());
        }
        if seconds > validity.until {
            return Err(CertificateError::Expired.into());
        }
        let left = validity.until.abs_diff(seconds);
        if left < self.seconds_left {
            let days = left / 86_400;
            return Err(Error::General(format!(
                "the certificate holds for {days} more days only"
            )));
        }
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
        match &self.issuer {
            Some(issuer) => issuer.verify_server_cert(end_entity, intermediates, name, ocsp, now),
            None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
