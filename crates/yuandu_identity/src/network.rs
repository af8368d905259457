//! Failed sign-ins by network: one password tried on many accounts (password spraying) stays below the limit of each
//! account, but not below that of the network it comes from.
//!
//! Kept in memory only: an attacker must not be able to fill the log, and a restart costs him minutes.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Failures from one network within [`WINDOW`] before it must wait. An office of a hundred people behind one address
/// mistypes less often.
const FAILURES: u32 = 40;
/// How long failures are remembered, and how long a network waits.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// Networks remembered at most; the oldest are forgotten first.
const REMEMBERED: usize = 50_000;

/// Failures lately seen, by network.
#[derive(Debug, Default)]
pub(crate) struct Networks(Mutex<HashMap<Network, Seen>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Network([u8; 8]);

#[derive(Debug, Clone, Copy)]
struct Seen {
    since: Timestamp,
    failures: u32,
}

impl Networks {
    /// Whether attempts from here must wait.
    pub(crate) fn must_wait(&self, from: Option<IpAddr>, now: Timestamp) -> bool {
        let Some(network) = from.map(network) else {
            return false;
        };
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&network)
            .is_some_and(|seen| seen.failures >= FAILURES && is_recent(seen, now))
    }

    /// Counts a failure.
    pub(crate) fn failed(&self, from: Option<IpAddr>, now: Timestamp) {
        let Some(network) = from.map(network) else {
            return;
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.retain(|_, seen| is_recent(seen, now));
        }
        if all.len() >= REMEMBERED {
            all.clear();
        }
        let seen = all.entry(network).or_insert(Seen {
            since: now,
            failures: 0,
        });
        if !is_recent(seen, now) {
            *seen = Seen {
                since: now,
                failures: 0,
            };
        }
        seen.failures = seen.failures.saturating_add(1);
        if seen.failures == FAILURES {
            // The wait begins now, however slowly the failures came.
            seen.since = now;
        }
    }
}

fn is_recent(seen: &Seen, now: Timestamp) -> bool {
    now.duration_since(seen.since) < WINDOW
}

/// A single IPv4 address; the /64 of an IPv6 one, which is what one household or office is given.
fn network(address: IpAddr) -> Network {
    let mut bytes = [0; 8];
    match address.to_canonical() {
        IpAddr::V4(address) => {
            for (to, from) in bytes.iter_mut().zip(address.octets()) {
                *to = from;
            }
        }
        IpAddr::V6(address) => {
            for (to, from) in bytes.iter_mut().zip(address.octets()) {
                *to = from;
            }
        }
    }
    Network(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_waits_after_many_failures_and_others_do_not() {
        let networks = Networks::default();
        let now = Timestamp::from_second(1_772_413_200).unwrap();
        let (bad, same, other) = (
            "2001:db8::1".parse().ok(),
            "2001:db8::ffff".parse().ok(),
            "2001:db8:0:1::1".parse().ok(),
        );
        for _ in 0..FAILURES {
            assert!(!networks.must_wait(bad, now));
            networks.failed(bad, now);
        }
        assert!(networks.must_wait(bad, now) && networks.must_wait(same, now));
        assert!(!networks.must_wait(other, now) && !networks.must_wait(None, now));
        assert!(!networks.must_wait(bad, now + WINDOW));
    }

    #[test]
    fn an_ipv4_address_written_as_ipv6_is_the_same() {
        assert_eq!(
            network("::ffff:192.0.2.1".parse().unwrap()),
            network("192.0.2.1".parse().unwrap())
        );
    }
}
