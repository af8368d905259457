//! Signs this city's checkpoints, and publishes them with the cosignatures of the witnesses that are asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use yuandu_store::merkle::Hash;
use yuandu_store::{Head, Log};

use crate::note::signature;
use crate::text::{base64, decimal};
use crate::{Checkpoint, Cosignature, Note, SigningKey, TransparencyError, VerifierKey};

/// Longest answer of a witness that is looked at.
const LONGEST_ANSWER: usize = 64 * 1024;

/// A witness as this city knows it.
#[derive(Debug, Clone)]
struct Known {
    key: VerifierKey,
    url: String,
}

/// What is published: without witnesses the head of this moment, with them the last one that they were asked about.
#[derive(Debug)]
pub struct Publisher {
    key: SigningKey,
    witnesses: Vec<Known>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    published: Option<(Head, Arc<str>)>,
    cosigned: usize,
    /// Sizes that the witnesses last confirmed, by name.
    confirmed: HashMap<String, u64>,
}

/// A request to one witness.
#[derive(Debug, Clone)]
pub struct Request {
    witness: Known,
    note: Note,
    head: Head,
    /// Where to send it: `POST`, plain text.
    pub url: String,
    /// The body.
    pub body: String,
}

impl Publisher {
    /// Publishes under this key; `witnesses` are lines of public key, a space, and address (`https://host/prefix`).
    pub fn new(key: SigningKey, witnesses: &str) -> Result<Self, TransparencyError> {
        let lines = witnesses
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let witnesses = lines.map(known).collect::<Result<_, _>>()?;
        Ok(Self {
            key,
            witnesses,
            state: Mutex::default(),
        })
    }

    /// The key that others check checkpoints with.
    #[must_use]
    pub fn public(&self) -> &VerifierKey {
        self.key.public()
    }

    /// Signs a text that is no checkpoint, such as the list of a backup's files. Its first line says what it is.
    pub fn sign_text(&self, text: String) -> Result<Note, TransparencyError> {
        Ok(Note::new(text)?.signed(&self.key))
    }

    /// How many witnesses are configured, and how many cosigned what is published.
    #[must_use]
    pub fn cosigned(&self) -> (usize, usize) {
        (self.witnesses.len(), self.state().cosigned)
    }

    /// The checkpoint to serve.
    pub fn checkpoint(&self, log: &Log<'_>) -> Result<Arc<str>, TransparencyError> {
        if !self.witnesses.is_empty()
            && let Some((_, note)) = &self.state().published
        {
            return Ok(Arc::clone(note));
        }
        self.sign(log.head()?)
    }

    /// Signs a head that the store has committed; the same head is signed once.
    pub fn sign(&self, head: Head) -> Result<Arc<str>, TransparencyError> {
        let mut state = self.state();
        if let Some((known, note)) = &state.published
            && *known == head
        {
            return Ok(Arc::clone(note));
        }
        let note: Arc<str> = Checkpoint::sign(&self.key, head)?.to_string().into();
        if self.witnesses.is_empty() {
            state.published = Some((head, Arc::clone(&note)));
        }
        Ok(note)
    }

    /// The requests that ask every witness to cosign the present head.
    pub fn requests(&self, log: &Log<'_>) -> Result<Vec<Request>, TransparencyError> {
        let head = log.head()?;
        let note = Checkpoint::sign(&self.key, head)?;
        let asked = self.witnesses.iter().map(|witness| {
            let old = self.state().confirmed.get(witness.key.name()).copied();
            let old = old.unwrap_or(0).min(head.size);
            Ok(Request {
                url: format!("{}/add-checkpoint", witness.url),
                body: body(log, old, &head, &note)?,
                witness: witness.clone(),
                note: note.clone(),
                head,
            })
        });
        asked.collect()
    }

    /// Takes a witness's answer: its cosignature, or the same request once more from the size it knows.
    pub fn answered(
        &self,
        log: &Log<'_>,
        request: &Request,
        status: u16,
        answer: &str,
    ) -> Result<Answered, TransparencyError> {
        let name = request.witness.key.name();
        let refused = |reason: String| TransparencyError::refuted("the cosignature", reason);
        if answer.len() > LONGEST_ANSWER {
            return Err(refused(format!("the answer of `{name}` is too long")));
        }
        match status {
            200 => {
                let mut note = request.note.clone();
                note.signatures = answer.lines().map(signature).collect::<Result<_, _>>()?;
                if Cosignature::of(&note, &request.witness.key).is_none() {
                    return Err(refused(format!(
                        "`{name}` answered without a cosignature that holds"
                    )));
                }
                note.signatures
                    .retain(|one| one.name == name && one.id == request.witness.key.id());
                let size = request.head.size;
                self.state().confirmed.insert(name.to_owned(), size);
                Ok(Answered::Cosigned(note))
            }
            409 => {
                let old = decimal("size of a witness", answer.trim())?;
                if old > request.head.size {
                    return Err(refused(format!(
                        "`{name}` has seen {old} entries, there are {}: the log lost entries or forked",
                        request.head.size
                    )));
                }
                Ok(Answered::Again(Box::new(Request {
                    body: body(log, old, &request.head, &request.note)?,
                    ..request.clone()
                })))
            }
            other => Err(refused(format!(
                "`{name}` refused with status {other}: {}",
                answer.trim()
            ))),
        }
    }

    /// Publishes the checkpoint of these requests with the cosignatures that came.
    pub fn publish(&self, requests: &[Request], cosigned: Vec<Note>) {
        let Some(first) = requests.first() else {
            return;
        };
        let mut note = first.note.clone();
        let count = cosigned.len();
        note.signatures
            .extend(cosigned.into_iter().flat_map(|note| note.signatures));
        let mut state = self.state();
        state.published = Some((first.head, note.to_string().into()));
        state.cosigned = count;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of a request.
#[derive(Debug)]
pub enum Answered {
    /// The witness's cosignatures of the checkpoint.
    Cosigned(Note),
    /// The witness knows another size: send this.
    Again(Box<Request>),
}

fn known(line: &str) -> Result<Known, TransparencyError> {
    let (key, url) = line
        .split_once(' ')
        .ok_or_else(|| TransparencyError::malformed("witness", "it is written `key address`"))?;
    let key = VerifierKey::parse(key)?;
    if !key.is_witness() {
        return Err(TransparencyError::malformed(
            "witness",
            format!("`{}` is the key of a log, not of a witness", key.name()),
        ));
    }
    Ok(Known {
        key,
        url: url.trim().trim_end_matches('/').to_owned(),
    })
}

fn body(log: &Log<'_>, old: u64, head: &Head, note: &Note) -> Result<String, TransparencyError> {
    let proof = log.consistency(old, head.size)?.unwrap_or_default();
    Ok(request_body(old, &proof, note))
}

/// The body of a request to a witness: old size, proof, checkpoint.
#[must_use]
pub fn request_body(old: u64, proof: &[Hash], note: &Note) -> String {
    let proof: String = proof
        .iter()
        .map(|hash| format!("{}\n", base64(hash)))
        .collect();
    format!("old {old}\n{proof}\n{note}")
}
