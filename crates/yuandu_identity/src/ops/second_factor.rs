//! A person's second factors: an authenticator app and recovery codes, set up, used and removed by the person alone.
//!
//! Changing them needs a fresh proof: a session that was left open must not be enough to lock its owner out.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use yuandu_base::{LocalText, Problem};
use yuandu_ids::UserId;
use yuandu_store::{Change, Expect, Plan};

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::factors::{self, Factor, FactorRow, PASSKEY, RECOVERY, TOTP};
use crate::identity::{Identity, not_found};
use crate::session::SignedIn;
use crate::{store, totp};

/// How old the last proof may be for a sensitive act.
const FRESH: SignedDuration = SignedDuration::from_mins(10);
/// Codes on a sheet.
const CODES: usize = 10;
/// How long an offered secret may wait for its first code.
const OFFER: SignedDuration = SignedDuration::from_mins(15);
/// Purposes of the vault.
const SEALED_SECRET: &str = "totp secret";
const SEALED_OFFER: &str = "totp offer";

/// A secret for an authenticator app, not yet in force.
pub struct TotpOffer {
    /// To be typed in, base32.
    pub secret: String,
    /// The same for a picture code (`otpauth://`).
    pub uri: String,
    /// To be sent back with the first code.
    pub offer: String,
}

/// A second factor that was right: what the sign-in's plan must contain, and the method by RFC 8176.
pub(crate) struct Proved {
    pub(crate) expects: Vec<Expect>,
    pub(crate) changes: Vec<Change>,
    pub(crate) method: &'static str,
}

impl Proved {
    /// Adds to a plan what makes the proof usable once.
    pub(crate) fn bind(self, plan: Plan) -> Plan {
        self.expects
            .into_iter()
            .fold(plan, Plan::expect)
            .changes(self.changes)
    }
}

impl Identity {
    /// The second factors of a signed-in person, and how many recovery codes are left.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn factors(
        &self,
        ctx: &OpCtx,
        who: &SignedIn,
    ) -> Result<(Vec<Factor>, usize), IdentityError> {
        let rows = self.factor_rows(ctx, &who.officer.user)?;
        let left = rows
            .iter()
            .filter(|row| row.factor.kind == RECOVERY && row.factor.used_at.is_none())
            .count();
        let shown = rows
            .into_iter()
            .filter(|row| row.factor.kind != RECOVERY)
            .map(|row| row.factor);
        Ok((shown.collect(), left))
    }

    /// Demands that the person proved who they are a few minutes ago.
    ///
    /// # Errors
    /// [`IdentityError::StepUp`] if it was longer ago.
    pub fn require_fresh(&self, ctx: &OpCtx, who: &SignedIn) -> Result<(), IdentityError> {
        if ctx.now().duration_since(who.proved_at) <= FRESH {
            Ok(())
        } else {
            Err(IdentityError::StepUp)
        }
    }

    /// Offers a secret for an authenticator app.
    ///
    /// # Errors
    /// [`IdentityError::StepUp`] without a fresh proof.
    pub fn offer_totp(&self, ctx: &OpCtx, who: &SignedIn) -> Result<TotpOffer, IdentityError> {
        self.require_fresh(ctx, who)?;
        let mut secret = [0; totp::SECRET];
        rand::fill(&mut secret);
        let text = totp::base32(&secret);
        let waiting = json!({ "user": who.officer.user.to_string(), "at": ctx.now().as_second(), "secret": secret });
        Ok(TotpOffer {
            uri: format!(
                "otpauth://totp/Yuandu:{}?secret={text}&issuer=Yuandu&algorithm=SHA1&digits=6&period=30",
                who.officer.login
            ),
            secret: text,
            offer: self
                .vault
                .seal(SEALED_OFFER, waiting.to_string().as_bytes())?,
        })
    }

    /// Puts an offered secret into force with its first code. The first time, recovery codes come with it, shown this once.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] if the code or the offer is not right.
    pub fn confirm_totp(
        &self,
        ctx: &OpCtx,
        who: &SignedIn,
        (offer, code, label): (&str, &str, &str),
    ) -> Result<Vec<String>, IdentityError> {
        self.require_fresh(ctx, who)?;
        let user = &who.officer.user;
        let secret = self.offered(ctx, user, offer).ok_or_else(wrong_code)?;
        let step = totp::matched(&secret, code, ctx.now(), None).ok_or_else(wrong_code)?;
        let rows = self.factor_rows(ctx, user)?;
        let first = !rows.iter().any(|row| row.factor.kind == RECOVERY);
        let sealed = self.vault.seal(SEALED_SECRET, &secret)?;
        let label: String = label.chars().filter(|c| !c.is_control()).take(50).collect();
        let (codes, changes) = if first {
            self.fresh_codes(ctx, user, &rows)
        } else {
            (Vec::new(), Vec::new())
        };
        let entry = ctx.entry(
            "identity.add_factor",
            format!("user/{user}"),
            json!({ "kind": TOTP, "label": label }),
        );
        let put = factors::put(
            user,
            TOTP,
            &random_id(),
            (&label, &sealed),
            (Some(step), ctx.now()),
        );
        self.store
            .commit(Plan::new(ctx.realm, entry).change(put).changes(changes))?;
        Ok(codes)
    }

    /// Replaces all recovery codes; the new ones are shown this once.
    ///
    /// # Errors
    /// [`IdentityError::StepUp`] without a fresh proof.
    pub fn renew_recovery_codes(
        &self,
        ctx: &OpCtx,
        who: &SignedIn,
    ) -> Result<Vec<String>, IdentityError> {
        self.require_fresh(ctx, who)?;
        let user = &who.officer.user;
        let rows = self.factor_rows(ctx, user)?;
        let (codes, changes) = self.fresh_codes(ctx, user, &rows);
        let entry = ctx.entry("identity.renew_codes", format!("user/{user}"), json!({}));
        self.store
            .commit(Plan::new(ctx.realm, entry).changes(changes))?;
        Ok(codes)
    }

    /// Removes a second factor; with the last one the recovery codes go too.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] if the person has no such factor.
    pub fn remove_factor(
        &self,
        ctx: &OpCtx,
        who: &SignedIn,
        id: &str,
    ) -> Result<(), IdentityError> {
        self.require_fresh(ctx, who)?;
        let user = &who.officer.user;
        let rows = self.factor_rows(ctx, user)?;
        let found = rows
            .iter()
            .find(|row| row.factor.id == id && row.factor.kind != RECOVERY)
            .ok_or_else(|| not_found("factor", id))?;
        let last = !rows
            .iter()
            .any(|row| row.factor.kind != RECOVERY && row.factor.id != id);
        let codes = rows
            .iter()
            .filter(|row| last && row.factor.kind == RECOVERY)
            .map(|row| factors::delete(user, &row.factor.id));
        let entry = ctx.entry(
            "identity.remove_factor",
            format!("user/{user}"),
            json!({ "kind": found.factor.kind }),
        );
        let plan = Plan::new(ctx.realm, entry)
            .expect(factors::unchanged(user, found))
            .change(factors::delete(user, id))
            .changes(codes);
        self.store.commit(plan)?;
        Ok(())
    }

    pub(crate) fn factor_rows(
        &self,
        ctx: &OpCtx,
        user: &UserId,
    ) -> Result<Vec<FactorRow>, IdentityError> {
        self.store
            .read(|reader| store::factors(reader, ctx.realm, user))
    }

    /// Whether a person must show more than a password.
    pub(crate) fn has_second_factor(rows: &[FactorRow]) -> bool {
        rows.iter()
            .any(|row| row.factor.kind == TOTP || row.factor.kind == PASSKEY)
    }

    /// Whether a typed code is right now: of an app, or one of the recovery codes.
    pub(crate) fn prove_code(
        &self,
        ctx: &OpCtx,
        user: &UserId,
        rows: &[FactorRow],
        typed: &str,
    ) -> Option<Proved> {
        let hashed = code_hash(user, typed);
        rows.iter().find_map(|row| match row.factor.kind.as_str() {
            TOTP => {
                let secret = self.vault.open_sealed(SEALED_SECRET, &row.secret)?;
                let secret = secret.try_into().ok()?;
                let step = totp::matched(&secret, typed, ctx.now(), row.counter)?;
                Some(proved(ctx, user, row, Some(step), "otp"))
            }
            RECOVERY if row.factor.used_at.is_none() => {
                let same: bool = row.secret.as_bytes().ct_eq(hashed.as_bytes()).into();
                same.then(|| proved(ctx, user, row, None, "kba"))
            }
            _ => None,
        })
    }

    fn offered(&self, ctx: &OpCtx, user: &UserId, offer: &str) -> Option<[u8; totp::SECRET]> {
        let text = self.vault.open_sealed(SEALED_OFFER, offer)?;
        let waiting: serde_json::Value = serde_json::from_slice(&text).ok()?;
        let at = Timestamp::from_second(waiting.get("at")?.as_i64()?).ok()?;
        let own = waiting.get("user")?.as_str()? == user.to_string();
        let secret = serde_json::from_value(waiting.get("secret")?.clone()).ok()?;
        (own && ctx.now().duration_since(at) <= OFFER).then_some(secret)
    }

    pub(crate) fn fresh_codes(
        &self,
        ctx: &OpCtx,
        user: &UserId,
        rows: &[FactorRow],
    ) -> (Vec<String>, Vec<Change>) {
        let old = rows
            .iter()
            .filter(|row| row.factor.kind == RECOVERY)
            .map(|row| factors::delete(user, &row.factor.id));
        let mut changes: Vec<Change> = old.collect();
        let codes: Vec<String> = (0..CODES).map(|_| recovery_code()).collect();
        changes.extend(codes.iter().map(|code| {
            let hash = code_hash(user, code);
            factors::put(user, RECOVERY, &random_id(), ("", &hash), (None, ctx.now()))
        }));
        (codes, changes)
    }
}

pub(crate) fn proved(
    ctx: &OpCtx,
    user: &UserId,
    row: &FactorRow,
    counter: Option<i64>,
    method: &'static str,
) -> Proved {
    Proved {
        expects: vec![factors::unchanged(user, row)],
        changes: vec![factors::used(user, &row.factor.id, counter, ctx.now())],
        method,
    }
}

/// 80 random bits, typed from paper: `ABCD-EFGH-IJKL-MNOP`. So many that a plain hash is enough.
fn recovery_code() -> String {
    let mut bytes = [0_u8; 10];
    rand::fill(&mut bytes);
    let text = totp::base32(&bytes);
    let groups: Vec<String> = text
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    groups.join("-")
}

fn code_hash(user: &UserId, typed: &str) -> String {
    let plain: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let digest = Sha256::new()
        .chain_update("yuandu recovery code")
        .chain_update(user.to_string())
        .chain_update(plain)
        .finalize();
    totp::base32(&digest)
}

fn random_id() -> String {
    let mut bytes = [0_u8; 10];
    rand::fill(&mut bytes);
    totp::base32(&bytes)
}

fn wrong_code() -> IdentityError {
    IdentityError::Invalid(vec![Problem {
        code: "identity.code_wrong".to_owned(),
        place: "code".to_owned(),
        message: LocalText::new(
            "验证码不对：请确认手机时间准确，并输入当前显示的 6 位数字",
            "the code is not right: check the phone's clock and type the six digits shown now",
        ),
    }])
}
