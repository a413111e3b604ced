//! What went wrong in an attempt, as data.

use std::error::Error;
use std::io;

use ledger::verdict::Class;

/// Why an attempt did not arrive: the site's class, or one of the prober's own (see [`is_own`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of trouble.
    pub class: Class,
    /// Of [`Class::Tls`]: the certificate was refused, which a wrong clock of ours can cause as well.
    pub certificate: bool,
    /// What was seen; unescaped, and scrubbed of secrets before it is recorded.
    pub detail: String,
}

impl Fault {
    /// A fault of that class.
    pub fn new(class: Class, detail: impl Into<String>) -> Self {
        Self {
            class,
            certificate: false,
            detail: detail.into(),
        }
    }

    /// A failed connect; exhausted resources of this host are the prober's own trouble.
    pub(crate) fn connecting(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        let own = matches!(
            error.kind(),
            Kind::AddrNotAvailable | Kind::PermissionDenied | Kind::OutOfMemory
        ) || matches!(error.raw_os_error(), Some(23 | 24 | 105)); // ENFILE, EMFILE, ENOBUFS
        let class = if own {
            Class::ProberNet
        } else {
            Class::Connect
        };
        Self::new(class, describe_io(error))
    }

    /// A failed TLS handshake.
    pub(crate) fn handshake(error: &io::Error) -> Self {
        match rustls_cause(error) {
            Some(cause) => Self::tls(cause),
            None => Self::new(
                Class::Tls,
                format!("during the TLS handshake: {}", describe_io(error)),
            ),
        }
    }

    /// A failed exchange. An alert that arrives late is still TLS; everything else is no proper HTTP.
    pub(crate) fn exchange(error: &hyper::Error) -> Self {
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(tls) = cause
                .downcast_ref::<io::Error>()
                .and_then(|io| rustls_cause(io))
                .filter(|tls| matches!(tls, rustls::Error::AlertReceived(_)))
            {
                return Self::tls(tls);
            }
            source = cause.source();
        }
        Self::new(Class::Protocol, chain(error))
    }

    fn tls(error: &rustls::Error) -> Self {
        let mut fault = Self::new(Class::Tls, error.to_string());
        fault.certificate = matches!(error, rustls::Error::InvalidCertificate(_));
        fault
    }
}

/// Whether a class is the prober's own trouble, which says nothing about the site.
pub const fn is_own(class: Class) -> bool {
    match class {
        Class::ProberNet
        | Class::ProberDns
        | Class::ProberClock
        | Class::ProberBlocked
        | Class::ProberAccount
        | Class::ProberOverrun
        | Class::ProberSuspended
        | Class::ProberRestart
        | Class::ProberDisk
        | Class::ProberLoginCap
        | Class::ProberSession => true,
        Class::Dns
        | Class::Connect
        | Class::Tls
        | Class::Timeout
        | Class::Protocol
        | Class::Status
        | Class::Content
        | Class::Rejected
        | Class::SessionLost
        | Class::Throttled
        | Class::Script => false,
    }
}

fn rustls_cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn describe_io(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::Other | io::ErrorKind::InvalidData => error.to_string(),
        kind => kind.to_string(),
    }
}

/// An error with its causes, joined by colons; a cause that its parent quotes already is left out.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = cause.source();
    }
    text
}
