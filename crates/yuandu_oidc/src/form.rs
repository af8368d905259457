//! The parameters of a request: each name once, none too long. Repeated parameters are refused as RFC 6749, 3.1 demands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Code, OAuthError};

/// Parameters at most.
const MOST: usize = 64;
/// Bytes of one value at most; a client assertion and an `id_token_hint` are the longest.
const LONGEST: usize = 8 * 1024;

/// Parameters by name; empty values count as absent (RFC 6749, 3.1).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads decoded pairs.
    ///
    /// # Errors
    /// `invalid_request` if a parameter comes twice, is too long, or there are too many.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, OAuthError> {
        let mut form = BTreeMap::new();
        for (count, (name, value)) in pairs.into_iter().enumerate() {
            if count >= MOST || name.len() > 128 || value.len() > LONGEST {
                return Err(invalid("the request has too many or too long parameters"));
            }
            if value.contains('\0') {
                return Err(invalid("a parameter holds a NUL character"));
            }
            if form.insert(name, value).is_some() {
                return Err(invalid("a parameter was sent twice"));
            }
        }
        form.retain(|_, value| !value.is_empty());
        Ok(Self(form))
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The words of a parameter that is a list (scope, prompt, acr_values).
    #[must_use]
    pub fn words(&self, name: &str) -> Vec<&str> {
        self.get(name)
            .map(|value| value.split(' ').filter(|word| !word.is_empty()).collect())
            .unwrap_or_default()
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// `invalid_request` if it is not.
    pub fn required(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name)
            .ok_or_else(|| invalid(&format!("{name} is missing")))
    }

    /// The same with a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same without some parameters.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let kept = self
            .0
            .iter()
            .filter(|(name, _)| !names.contains(&name.as_str()));
        Self(
            kept.map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }
}

impl std::fmt::Debug for Form {
    // Values may be secrets.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

fn invalid(description: &str) -> OAuthError {
    OAuthError::new(Code::InvalidRequest, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_parameter_sent_twice_is_refused_and_an_empty_one_is_absent() {
        assert!(Form::new(pairs(&[("a", "1"), ("a", "1")])).is_err());
        let form = Form::new(pairs(&[("a", ""), ("scope", " openid  profile ")])).unwrap();
        assert_eq!(form.get("a"), None);
        assert_eq!(form.words("scope"), ["openid", "profile"]);
    }

    #[test]
    fn too_much_is_refused() {
        let many = (0..65).map(|n| (n.to_string(), "x".to_owned()));
        assert!(Form::new(many).is_err());
        assert!(Form::new(pairs(&[("a", &"x".repeat(9000))])).is_err());
    }
}
