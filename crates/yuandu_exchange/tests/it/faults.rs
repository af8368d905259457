//! The line breaks, messages come twice and in any order, either side dies at any moment: no row lost, none doubled.

use jiff::SignedDuration;
use yuandu_exchange::{Outgoing, Side};

use crate::pair::Pair;

/// A small generator that repeats itself by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn shuffle(&mut self, messages: &mut [Outgoing]) {
        for at in (1..messages.len()).rev() {
            let other = usize::try_from(self.below(at as u64 + 1)).unwrap();
            messages.swap(at, other);
        }
    }
}

/// One message on a bad line; gives the pair back, perhaps with one side begun anew.
fn carry(mut pair: Pair, message: &Outgoing, chance: &mut Chance) -> Pair {
    match chance.below(10) {
        0 => pair.settle(message, Err("connection refused")),
        1 => {
            pair.deliver(message);
            pair.settle(message, Err("connection reset"));
        }
        2 => {
            let answer = pair.deliver(message);
            let replayed = pair.deliver(message);
            assert_ne!(replayed.status, 200);
            pair.settle(message, Ok(&answer));
            pair.settle(message, Ok(&answer));
        }
        3 => {
            // The sender dies after the message has left: nobody hears the answer.
            pair.deliver(message);
            pair.provider = pair.provider.restarted();
        }
        4 => {
            pair.provider = pair.provider.restarted();
        }
        5 => {
            let answer = pair.deliver(message);
            pair.consumer = pair.consumer.restarted();
            pair.settle(message, Ok(&answer));
        }
        _ => {
            let answer = pair.deliver(message);
            pair.settle(message, Ok(&answer));
        }
    }
    pair
}

#[test]
fn no_row_is_lost_or_doubled_whatever_breaks() {
    let seeds: u64 = std::env::var("YUANDU_KILLS").map_or(3, |text| text.parse().unwrap());
    for seed in 1..=seeds {
        let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut pair = Pair::new();
        pair.fill(1_700);
        pair.begin();
        for round in 0.. {
            assert!(round < 2_000, "seed {seed} never settles");
            let mut due = pair.due();
            if due.is_empty() {
                let batch = pair.provider.batch(Side::Provider);
                let left = pair.provider.query("SELECT part FROM exchange_outbox");
                if batch.state == "settled" && left.is_empty() {
                    break;
                }
                assert!(
                    matches!(batch.state.as_str(), "filling" | "closing" | "settled"),
                    "seed {seed}: {} {}",
                    batch.state,
                    batch.reason
                );
                pair.clock.advance(SignedDuration::from_mins(1));
                continue;
            }
            chance.shuffle(&mut due);
            for message in &due {
                pair = carry(pair, message, &mut chance);
            }
        }
        pair.assert_same();
        let received = pair.consumer.batch(Side::Consumer);
        assert_eq!(
            (received.rows, received.accepted, received.parts),
            (1_700, 1_700, 4)
        );
        let receipt = received.receipt.unwrap();
        assert!(receipt.provider.is_some(), "signed by both");
        if seed == 1 {
            pair.provider.verify();
            pair.consumer.verify();
        }
    }
}
