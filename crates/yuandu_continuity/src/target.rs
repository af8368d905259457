//! Where backups are kept: a folder (its path, or `file:///path`) or an S3-compatible store (`s3://bucket/prefix`).
//!
//! The credentials and address of an S3 store are taken from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
//! `AWS_ENDPOINT`, `AWS_REGION`, `AWS_ALLOW_HTTP`), so that no command line shows them.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt as _;
use tokio::runtime::Runtime;

use crate::ContinuityError;

/// Bytes held at once while a file is copied.
const PIECE: usize = 64 * 1024;

/// A place for backups. Its calls block.
#[derive(Debug)]
pub struct Target {
    store: Arc<dyn ObjectStore>,
    prefix: Key,
    url: String,
    runtime: Runtime,
}

impl Target {
    /// Opens a folder (made if it is not there), by path or `file:///folder`, or `s3://bucket/prefix`.
    pub fn open(url: &str) -> Result<Self, ContinuityError> {
        let setting = |reason: String| ContinuityError::Setting {
            what: "the address of the backup",
            reason,
        };
        // Fails only if one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (store, prefix): (Arc<dyn ObjectStore>, &str) = match url.split_once("://") {
            None => (folder(url).map_err(setting)?, ""),
            Some(("file", path)) if path.starts_with('/') => (folder(path).map_err(setting)?, ""),
            Some(("s3", rest)) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                let s3 = AmazonS3Builder::from_env()
                    .with_bucket_name(bucket)
                    .build()
                    .map_err(|error| setting(error.to_string()))?;
                (Arc::new(s3), prefix)
            }
            Some(_) => {
                return Err(setting(format!(
                    "`{url}` is neither a folder nor file:///folder nor s3://bucket/prefix"
                )));
            }
        };
        Ok(Self {
            store,
            prefix: Key::from(prefix),
            url: url.to_owned(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| setting(error.to_string()))?,
        })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    fn key(&self, path: &str) -> Key {
        self.prefix.parts().chain(Key::from(path).parts()).collect()
    }

    fn failed(&self, path: &str, error: &dyn std::fmt::Display) -> ContinuityError {
        ContinuityError::Target {
            url: self.url.clone(),
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }

    /// Writes a whole file; it is there whole or not at all.
    pub fn put(&self, path: &str, bytes: Vec<u8>) -> Result<(), ContinuityError> {
        let key = self.key(path);
        let work = self.store.put(&key, bytes.into());
        self.runtime
            .block_on(work)
            .map(|_| ())
            .map_err(|error| self.failed(path, &error))
    }

    /// Copies what a reader gives in pieces; memory does not grow with it. Gives the bytes written.
    pub fn put_from(&self, path: &str, from: &mut dyn Read) -> Result<u64, ContinuityError> {
        let failed = |error: std::io::Error| self.failed(path, &error);
        let mut writer = BufWriter::new(Arc::clone(&self.store), self.key(path));
        let mut piece = vec![0_u8; PIECE];
        let mut length = 0;
        loop {
            let read = from.read(&mut piece).map_err(failed)?;
            let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            self.runtime
                .block_on(writer.write_all(bytes))
                .map_err(failed)?;
            length += read as u64;
        }
        self.runtime.block_on(writer.shutdown()).map_err(failed)?;
        Ok(length)
    }

    /// Whether the file is there.
    pub fn has(&self, path: &str) -> Result<bool, ContinuityError> {
        match self.runtime.block_on(self.store.head(&self.key(path))) {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(self.failed(path, &error)),
        }
    }

    /// Reads a whole file of at most `limit` bytes.
    pub fn get(&self, path: &str, limit: u64) -> Result<Vec<u8>, ContinuityError> {
        let work = async {
            let found = self.store.get(&self.key(path)).await?;
            if found.meta.size > limit {
                return Ok(None);
            }
            found.bytes().await.map(Some)
        };
        match self.runtime.block_on(work) {
            Ok(Some(bytes)) => Ok(bytes.to_vec()),
            Ok(None) => Err(self.failed(path, &format!("it is longer than {limit} bytes"))),
            Err(error) => Err(self.failed(path, &error)),
        }
    }

    /// Removes a file; one that is gone already is as good.
    pub fn remove(&self, path: &str) -> Result<(), ContinuityError> {
        match self.runtime.block_on(self.store.delete(&self.key(path))) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed(path, &error)),
        }
    }

    /// Name, length, and time in milliseconds since 1970 of a file; `None` if it is not there.
    pub(crate) fn look(&self, path: &str) -> Result<Option<Listed>, ContinuityError> {
        match self.runtime.block_on(self.store.head(&self.key(path))) {
            Ok(meta) => Ok(Listed::of(&meta)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed(path, &error)),
        }
    }

    /// Copies a file here in pieces and gives the SHA-256 of its bytes and their number.
    pub fn get_file(&self, path: &str, to: &Path) -> Result<(String, u64), ContinuityError> {
        let failed = |error: std::io::Error| self.failed(path, &error);
        let mut file = File::create(to).map_err(failed)?;
        let read = self.read_to(path, &mut file)?;
        file.sync_all().map_err(failed)?;
        Ok(read)
    }

    /// Reads a file in pieces and gives the SHA-256 of its bytes and their number.
    pub fn read_to(
        &self,
        path: &str,
        to: &mut dyn std::io::Write,
    ) -> Result<(String, u64), ContinuityError> {
        let work = async {
            let found = self
                .store
                .get(&self.key(path))
                .await
                .map_err(std::io::Error::other)?;
            let mut stream = found.into_stream();
            let (mut hash, mut length) = (Sha256::new(), 0);
            while let Some(chunk) = stream.try_next().await.map_err(std::io::Error::other)? {
                hash.update(&chunk);
                length += chunk.len() as u64;
                to.write_all(&chunk)?;
            }
            Ok((hex(&hash.finalize()), length))
        };
        self.runtime
            .block_on(work)
            .map_err(|error: std::io::Error| self.failed(path, &error))
    }

    /// The names of the files below a folder, sorted.
    pub fn list(&self, folder: &str) -> Result<Vec<String>, ContinuityError> {
        let files = self.files(folder)?;
        let mut names: Vec<String> = files.into_iter().map(|file| file.name).collect();
        names.sort();
        Ok(names)
    }

    /// The files below a folder.
    pub(crate) fn files(&self, folder: &str) -> Result<Vec<Listed>, ContinuityError> {
        let key = self.key(folder);
        let listed = self.store.list(Some(&key)).try_collect::<Vec<_>>();
        let found = self
            .runtime
            .block_on(listed)
            .map_err(|error| self.failed(folder, &error))?;
        Ok(found.iter().filter_map(Listed::of).collect())
    }
}

/// A file at the target.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) at_ms: i64,
}

impl Listed {
    fn of(meta: &ObjectMeta) -> Option<Self> {
        Some(Self {
            name: meta.location.filename()?.to_owned(),
            bytes: meta.size,
            at_ms: meta.last_modified.timestamp_millis(),
        })
    }
}

/// A folder on this machine; each file is synced before it counts.
fn folder(path: &str) -> Result<Arc<dyn ObjectStore>, String> {
    std::fs::create_dir_all(path).map_err(|error| format!("`{path}`: {error}"))?;
    let local = LocalFileSystem::new_with_prefix(path).map_err(|error| error.to_string())?;
    Ok(Arc::new(local.with_fsync(true)))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
