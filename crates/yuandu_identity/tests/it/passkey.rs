//! Passkeys against an authenticator made here from the standard's text, honest and not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use yuandu_identity::{Asserted, Created, IdentityError, NewSession, SignedIn, Site};

use crate::cast::{City, PASSWORD};

const ORIGIN: &str = "https://sso.weifang.example";
/// Present, verified.
const VERIFIED: u8 = 0b101;

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A device with one credential.
struct Device {
    key: SigningKey,
    id: Vec<u8>,
    counter: u32,
    flags: u8,
    origin: &'static str,
    rp_id: &'static str,
}

impl Device {
    fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_bytes(&[seed; 32].into()).unwrap(),
            id: vec![seed; 16],
            counter: 0,
            flags: VERIFIED,
            origin: ORIGIN,
            rp_id: "sso.weifang.example",
        }
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn authenticator_data(&self, more: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.rp_id).to_vec();
        data.push(self.flags | more);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn create(&self, challenge: &str) -> Created {
        let mut data = self.authenticator_data(1 << 6);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        Created {
            client_data: text(&self.client_data("webauthn.create", challenge)),
            authenticator_data: text(&data),
            public_key: text(
                self.key
                    .verifying_key()
                    .to_public_key_der()
                    .unwrap()
                    .as_bytes(),
            ),
        }
    }

    fn get(&mut self, challenge: &str) -> Asserted {
        self.counter += 1;
        let client_data = self.client_data("webauthn.get", challenge);
        let data = self.authenticator_data(0);
        let signed = [data.clone(), Sha256::digest(&client_data).to_vec()].concat();
        let signature: Signature = self.key.sign(&signed);
        Asserted {
            id: text(&self.id),
            client_data: text(&client_data),
            authenticator_data: text(&data),
            signature: text(signature.to_der().as_bytes()),
        }
    }
}

fn site() -> Site {
    Site::of(ORIGIN)
}

fn add(city: &City, device: &Device) -> Result<Vec<String>, IdentityError> {
    let who = city.sign_in("wang.wei", PASSWORD).unwrap().signed_in;
    add_as(city, &who, device)
}

fn add_as(city: &City, who: &SignedIn, device: &Device) -> Result<Vec<String>, IdentityError> {
    let ctx = who.context(&city.visitor());
    let asked = city.identity.ask_passkey(&ctx, Some(who)).unwrap();
    let answer = device.create(&asked.challenge);
    city.identity
        .add_passkey(&ctx, (who, &site()), (&asked.waiting, &answer, "phone"))
}

fn sign_in(city: &City, device: &mut Device) -> Result<NewSession, IdentityError> {
    let asked = city.identity.ask_passkey(&city.visitor(), None).unwrap();
    let answer = device.get(&asked.challenge);
    city.identity
        .sign_in_passkey(&city.visitor(), &site(), (&asked.waiting, &answer))
}

#[test]
fn a_passkey_signs_in_without_a_password_and_counts_as_two_proofs() {
    let city = City::new();
    let mut device = Device::new(7);
    assert_eq!(add(&city, &device).unwrap().len(), 10);
    let session = sign_in(&city, &mut device).unwrap();
    assert_eq!(session.signed_in.officer.login, "wang.wei");
    assert_eq!(session.signed_in.methods, ["hwk", "user", "mfa"]);
    let second = city.sign_in("wang.wei", PASSWORD).err().unwrap();
    assert!(
        matches!(second, IdentityError::SecondFactor { .. }),
        "the password alone no longer does"
    );
}

#[test]
fn whatever_does_not_fit_is_refused_in_one_way() {
    let city = City::new();
    let mut device = Device::new(7);
    add(&city, &device).unwrap();
    let mut refused = |what: &str, change: fn(&mut Device)| {
        let mut other = Device::new(7);
        other.counter = device.counter;
        change(&mut other);
        let error = sign_in(&city, &mut other)
            .err()
            .unwrap_or_else(|| panic!("{what}"));
        assert!(matches!(error, IdentityError::SignInRefused), "{what}");
        device.counter = 0;
    };
    refused("a page of another site", |device| {
        device.origin = "https://evil.example"
    });
    refused("a credential of another site", |device| {
        device.rp_id = "evil.example"
    });
    refused("nobody unlocked the device", |device| device.flags = 1);
    refused("nobody there", |device| device.flags = 4);
    refused("another key", |device| {
        device.key = SigningKey::from_bytes(&[9; 32].into()).unwrap()
    });
    refused("an unknown credential", |device| device.id = vec![1; 16]);
    sign_in(&city, &mut device).unwrap();
    let mut copy = Device::new(7);
    assert!(
        sign_in(&city, &mut copy).is_err(),
        "a copy that counts from the beginning"
    );
}

#[test]
fn an_answer_works_once_and_only_for_its_question() {
    let city = City::new();
    let mut device = Device::new(7);
    add(&city, &device).unwrap();
    let ask = || city.identity.ask_passkey(&city.visitor(), None).unwrap();
    let (asked, other) = (ask(), ask());
    let answer = device.get(&asked.challenge);
    let enter = |waiting: &str| {
        city.identity
            .sign_in_passkey(&city.visitor(), &site(), (waiting, &answer))
    };
    assert!(enter(&other.waiting).is_err());
    assert!(enter(&asked.waiting[2..]).is_err());
    enter(&asked.waiting).unwrap();
    assert!(enter(&asked.waiting).is_err());
    city.advance(6);
    let late = ask();
    let answer = device.get(&late.challenge);
    city.advance(6);
    let entered = city
        .identity
        .sign_in_passkey(&city.visitor(), &site(), (&late.waiting, &answer));
    assert!(entered.is_err(), "too late");
}

#[test]
fn a_passkey_belongs_to_one_person_and_is_added_by_that_person() {
    let city = City::new();
    let device = Device::new(7);
    add(&city, &device).unwrap();
    let who = city.sign_in("li.na", PASSWORD).unwrap().signed_in;
    assert!(add_as(&city, &who, &device).is_err(), "taken");
    let ctx = who.context(&city.visitor());
    let asked = city.identity.ask_passkey(&ctx, Some(&who)).unwrap();
    let mut device = Device::new(8);
    let answer = device.get(&asked.challenge);
    let entered =
        city.identity
            .sign_in_passkey(&city.visitor(), &site(), (&asked.waiting, &answer));
    assert!(
        entered.is_err(),
        "a question for setting up does not sign in"
    );
}
