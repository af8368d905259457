//! The issuing authority that a server is started with: certificates from the folder of the ceremony, and the key, which
//! is in memory alone and is never printed, logged or stored.

use jiff::Timestamp;
use yuandu_base::Lang;
use yuandu_trust::cert::{Certificate, hex};
use yuandu_trust::crl::Crl;
use yuandu_trust::der::Instant;
use yuandu_trust::ext::PointName;
use yuandu_trust::issue::{Signer, SoftKey, decrypt_key, extensions};
use yuandu_trust::name::GeneralName;
use yuandu_trust::path::{Purpose, Request, validate};
use yuandu_trust::pem;

use crate::error::PkiError;

/// The files of a ceremony that a server needs; the root's key is not among them.
pub struct AuthorityFiles {
    /// `issuing.pem`.
    pub issuing: Vec<u8>,
    /// `root.pem`.
    pub root: Vec<u8>,
    /// `issuing.key.pem`, encrypted.
    pub key: Vec<u8>,
    /// `root.crl`.
    pub root_list: Vec<u8>,
}

/// An authority that issues. It has no `Debug`: it holds a key.
pub struct Authority {
    cert: Certificate,
    root: Certificate,
    root_list: Vec<u8>,
    list_until: Instant,
    pub(crate) signer: Box<dyn Signer>,
    id: String,
}

impl Authority {
    /// Opens an authority from its files.
    ///
    /// # Errors
    /// [`PkiError::Authority`] with what is wrong and what to do.
    pub fn open(files: &AuthorityFiles, password: &str, now: Timestamp) -> Result<Self, PkiError> {
        let wrong = |what: &str| PkiError::Authority(what.to_owned());
        let certificate = |file: &[u8], name: &str| {
            let der = first(file, "CERTIFICATE")
                .ok_or_else(|| wrong(&format!("`{name}` holds no certificate")))?;
            Certificate::read(&der).map_err(|error| wrong(&format!("`{name}`: {error}")))
        };
        let key = first(&files.key, "ENCRYPTED PRIVATE KEY")
            .ok_or_else(|| wrong("`issuing.key.pem` holds no encrypted key"))?;
        let key: SoftKey = decrypt_key(&key, password)
            .map_err(|_| wrong("`issuing.key.pem` does not open; check the password"))?;
        let list = first(&files.root_list, "X509 CRL")
            .ok_or_else(|| wrong("`root.crl` holds no revocation list"))?;
        Self::of(
            certificate(&files.issuing, "issuing.pem")?,
            certificate(&files.root, "root.pem")?,
            list,
            Box::new(key),
            now,
        )
    }

    /// An authority from its parts; the key may also be one in a token.
    ///
    /// # Errors
    /// [`PkiError::Authority`] when they do not belong together or are not valid at this time.
    pub fn of(
        cert: Certificate,
        root: Certificate,
        root_list: Vec<u8>,
        signer: Box<dyn Signer>,
        now: Timestamp,
    ) -> Result<Self, PkiError> {
        if cert.key != signer.public() {
            return Err(PkiError::Authority(
                "the key is not the one in the certificate; take both from one ceremony".to_owned(),
            ));
        }
        let list = Crl::read(&root_list)
            .map_err(|error| PkiError::Authority(format!("the root's list: {error}")))?;
        if !cert.is_ca() || !cert.may_sign_crls() {
            return Err(PkiError::Authority(
                "the certificate is not that of an authority which also signs lists".to_owned(),
            ));
        }
        // An old list says nothing about today. It is told, and the city goes on: its root is in a safe.
        let list_until = list.next_update;
        let current = Instant::of(now) <= list_until;
        let answer = validate(&Request {
            leaf: cert.clone(),
            pool: Vec::new(),
            anchors: vec![root.clone()],
            crls: if current { vec![list] } else { Vec::new() },
            at: Instant::of(now),
            purpose: Purpose::Any,
            name: None,
            policies: Vec::new(),
            explicit_policy: false,
            inhibit_mapping: false,
            inhibit_any: false,
        });
        if let Some(finding) = answer.findings.first() {
            return Err(PkiError::Authority(finding.words(Lang::En)));
        }
        Ok(Self {
            id: hex(&extensions::key_id(&cert.key)),
            cert,
            root,
            root_list,
            list_until,
            signer,
        })
    }

    /// Its name in addresses: the identifier of its key in hexadecimal.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.cert
    }

    /// The root's certificate.
    #[must_use]
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// The root's list, as the ceremony left it.
    #[must_use]
    pub fn root_list(&self) -> &[u8] {
        &self.root_list
    }

    /// Its certificate and the root's in PEM, in this order.
    #[must_use]
    pub fn pem(&self) -> String {
        let each = [&self.cert, &self.root].map(|cert| pem::write("CERTIFICATE", &cert.der));
        each.concat()
    }

    /// Whether the root's list has run out, so that nobody can tell whether this authority was revoked.
    #[must_use]
    pub fn list_ran_out(&self, now: Timestamp) -> bool {
        Instant::of(now) > self.list_until
    }

    /// Where lists and answers are found, as the ceremony fixed it: the address of the root's list in the certificate,
    /// without the list's name.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        let points = self.cert.ext.crl_points.as_ref()?;
        let names = points.value.iter().filter_map(|point| match &point.name {
            Some(PointName::Full(names)) => Some(names),
            _ => None,
        });
        names.flatten().find_map(|name| match name {
            GeneralName::Uri(uri) => uri.strip_suffix("/root.crl"),
            _ => None,
        })
    }
}

/// The first block of a file with this label, or the whole file as DER.
fn first(file: &[u8], label: &str) -> Option<Vec<u8>> {
    let blocks = pem::read(file).into_iter();
    blocks
        .filter(|block| block.label == label || block.label.is_empty())
        .find_map(|block| block.bytes.ok())
}
