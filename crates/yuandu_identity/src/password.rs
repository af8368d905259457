//! Passwords: what may be one, and hashing with argon2id.
//!
//! A password is never printed, logged or stored. Hashing costs time and memory on purpose, so only a few run at once.

use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, PoisonError};

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::{Output, PasswordHash as Phc};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use yuandu_base::Problem;

use crate::error::IdentityError;

/// Longest password taken: long enough for a sentence, short enough that hashing it costs what it should.
const MAX_CHARS: usize = 128;
/// Shortest new password.
const MIN_CHARS: usize = 10;
/// Sign-ins that may wait for a hashing place before newcomers are told to come back.
const MAX_WAITING: usize = 64;

/// A password as typed.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Takes what was typed.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] if it is empty, longer than 128 characters or holds control characters.
    pub fn parse(typed: &str) -> Result<Self, IdentityError> {
        let length = typed.chars().count();
        if length == 0 {
            return Err(refused(
                "identity.password_empty",
                "请输入密码",
                "type a password",
            ));
        }
        if length > MAX_CHARS {
            return Err(refused(
                "identity.password_long",
                "密码不能超过 128 个字符",
                "a password has at most 128 characters",
            ));
        }
        if typed.chars().any(char::is_control) {
            return Err(refused(
                "identity.password_control",
                "密码中有不可见的控制字符",
                "the password holds control characters",
            ));
        }
        Ok(Self(typed.to_owned()))
    }

    /// Whether it may become the new password of `login`: long enough and not guessed at first try.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with what to do.
    pub fn check_new(&self, login: &str) -> Result<(), IdentityError> {
        let distinct = self
            .0
            .chars()
            .collect::<std::collections::BTreeSet<_>>()
            .len();
        if self.0.chars().count() < MIN_CHARS {
            return Err(refused(
                "identity.password_short",
                "新密码至少 10 个字符",
                "a new password has at least 10 characters",
            ));
        }
        if distinct < 4 || self.0.to_lowercase().contains(&login.to_lowercase()) {
            return Err(refused(
                "identity.password_easy",
                "新密码太容易猜到：不要包含登录名，至少用 4 个不同的字符",
                "the new password is easy to guess: leave out the login and use at least 4 different characters",
            ));
        }
        Ok(())
    }

    /// Whether two passwords are the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

fn refused(code: &str, zh: &str, en: &str) -> IdentityError {
    IdentityError::Invalid(vec![Problem::new(code, "password", zh, en)])
}

/// A hashed password in PHC form (`$argon2id$v=19$...`).
#[derive(Clone)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What hashing costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl PasswordCost {
    /// For real accounts: 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet).
    pub const STANDARD: Self = Self {
        memory_kib: 19 * 1024,
        passes: 2,
        lanes: 1,
    };
    /// For demo cities and tests, whose passwords are public anyway.
    pub const DEMO: Self = Self {
        memory_kib: 256,
        passes: 1,
        lanes: 1,
    };
}

/// Hashes and verifies, a few at a time.
pub struct PasswordHasher {
    params: Params,
    /// Verified when there is no account, so that the answer takes as long as for a wrong password.
    nobody: PasswordHash,
    places: Places,
}

impl PasswordHasher {
    /// A hasher of the given cost.
    ///
    /// # Errors
    /// [`IdentityError::Hash`] if argon2 does not take the cost.
    pub fn new(cost: PasswordCost) -> Result<Self, IdentityError> {
        let params =
            Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(hash_error)?;
        let parallel = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let mut hasher = Self {
            params,
            nobody: PasswordHash(String::new()),
            places: Places::new(parallel),
        };
        hasher.nobody = hasher.hash(&Password("nobody has this account".to_owned()))?;
        Ok(hasher)
    }

    /// Hashes a password with a random salt.
    ///
    /// # Errors
    /// [`IdentityError::Busy`] if too many wait, [`IdentityError::Hash`] if argon2 fails.
    pub fn hash(&self, password: &Password) -> Result<PasswordHash, IdentityError> {
        let _place = self.places.take()?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        argon2
            .hash_password(password.0.as_bytes())
            .map(|hash| PasswordHash(hash.to_string()))
            .map_err(hash_error)
    }

    /// Whether the password is the hashed one. Without a hash (no such account) it works as long and answers no.
    ///
    /// # Errors
    /// [`IdentityError::Busy`] if too many wait, [`IdentityError::Hash`] if the stored hash is not one.
    pub fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, IdentityError> {
        let mut place = self.places.take()?;
        let stored = Phc::new(hash.unwrap_or(&self.nobody).as_str()).map_err(hash_error)?;
        let right = is_right(password, &stored, &mut place.memory)?;
        Ok(right && hash.is_some())
    }
}

impl std::fmt::Debug for PasswordHasher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PasswordHasher")
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

fn hash_error(error: impl ToString) -> IdentityError {
    IdentityError::Hash(error.to_string())
}

/// Whether the password leads to the stored hash. The cost is read from it, so that accounts of an older cost still sign in.
fn is_right(
    password: &Password,
    stored: &Phc,
    memory: &mut Vec<Block>,
) -> Result<bool, IdentityError> {
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return Err(IdentityError::Hash("salt or hash is missing".to_owned()));
    };
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(hash_error)?;
    let version = match stored.version {
        Some(version) => Version::try_from(version).map_err(hash_error)?,
        None => Version::default(),
    };
    let params = Params::try_from(stored).map_err(hash_error)?;
    memory.resize(params.block_count(), Block::new());
    let mut buffer = [0_u8; Output::MAX_LENGTH];
    let out = buffer
        .get_mut(..expected.as_bytes().len())
        .ok_or_else(|| IdentityError::Hash("the hash is too long".to_owned()))?;
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password.0.as_bytes(), salt, out, memory)
        .map_err(hash_error)?;
    // Outputs are compared in constant time.
    Ok(Output::new(out).map_err(hash_error)? == *expected)
}

/// Hashing places: each takes 19 MiB and a processor, so that a flood of sign-ins cannot take the machine.
struct Places {
    state: Mutex<PlaceState>,
    freed: Condvar,
}

/// Places that keep their memory while nobody hashes: a fresh 19 MiB costs half as much as the hash itself, in page faults.
const KEPT: usize = 2;

struct PlaceState {
    free: usize,
    waiting: usize,
    memories: Vec<Vec<Block>>,
}

struct Place<'a> {
    places: &'a Places,
    memory: Vec<Block>,
}

impl Places {
    fn new(free: usize) -> Self {
        Self {
            state: Mutex::new(PlaceState {
                free,
                waiting: 0,
                memories: Vec::new(),
            }),
            freed: Condvar::new(),
        }
    }

    fn take(&self) -> Result<Place<'_>, IdentityError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.free == 0 && state.waiting >= MAX_WAITING {
            return Err(IdentityError::Busy);
        }
        state.waiting += 1;
        while state.free == 0 {
            state = self
                .freed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting -= 1;
        state.free -= 1;
        Ok(Place {
            places: self,
            memory: state.memories.pop().unwrap_or_default(),
        })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self
            .places
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.free += 1;
        if state.memories.len() < KEPT && !self.memory.is_empty() {
            state.memories.push(std::mem::take(&mut self.memory));
        }
        drop(state);
        self.places.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(error: IdentityError) -> String {
        match error {
            IdentityError::Invalid(problems) => problems[0].code.clone(),
            other => other.to_string(),
        }
    }

    #[test]
    fn a_password_is_verified_against_its_own_hash_only() {
        let hasher = PasswordHasher::new(PasswordCost::DEMO).unwrap();
        let password = Password::parse("奎文区-路灯-3号").unwrap();
        let hash = hasher.hash(&password).unwrap();
        assert!(hasher.verify(&password, Some(&hash)).unwrap());
        assert!(
            !hasher
                .verify(&Password::parse("else").unwrap(), Some(&hash))
                .unwrap()
        );
        assert!(!hasher.verify(&password, None).unwrap());
    }

    #[test]
    fn the_standard_cost_is_what_owasp_asks_for() {
        let hasher = PasswordHasher::new(PasswordCost::STANDARD).unwrap();
        let hash = hasher.hash(&Password::parse("p").unwrap()).unwrap();
        assert!(
            hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            hash.as_str()
        );
    }

    #[test]
    fn control_characters_and_overlong_passwords_are_refused() {
        assert_eq!(
            code(Password::parse("a\0b").err().unwrap()),
            "identity.password_control"
        );
        assert_eq!(
            code(Password::parse(&"长".repeat(129)).err().unwrap()),
            "identity.password_long"
        );
        assert_eq!(
            code(Password::parse("").err().unwrap()),
            "identity.password_empty"
        );
        assert!(Password::parse(&"长".repeat(128)).is_ok());
    }

    #[test]
    fn an_easy_new_password_is_refused() {
        let check = |text: &str| {
            Password::parse(text)
                .unwrap()
                .check_new("wang")
                .map_err(code)
        };
        assert_eq!(check("short").unwrap_err(), "identity.password_short");
        assert_eq!(check("aaaaaaaaaaaa").unwrap_err(), "identity.password_easy");
        assert_eq!(
            check("mywangpassword").unwrap_err(),
            "identity.password_easy"
        );
        assert!(check("风筝飞过白浪河畔的早晨").is_ok());
    }
}
