//! How often each kind of component stands along a street, and where across it.
//!
//! A pure table. Shares are believable, not measured.

use crate::components::State;

/// One kind's share in ten thousand, its distance from the middle of the street in metres, and how far apart from that it strays.
pub(crate) struct Share {
    pub(crate) kind: &'static str,
    pub(crate) share: usize,
    pub(crate) from_middle: f64,
    pub(crate) strays: f64,
}

const fn share(kind: &'static str, share: usize, from_middle: f64, strays: f64) -> Share {
    Share {
        kind,
        share,
        from_middle,
        strays,
    }
}

/// The mix; the shares add up to 10,000. Carriageway below 7 m, kerb and trees at 7 to 9 m, pavement to 12 m, fronts beyond.
pub(crate) const MIX: [Share; 45] = [
    share("04002", 1475, 8.0, 0.3),
    share("01004", 1000, 6.8, 0.1),
    share("01037", 800, 8.5, 0.2),
    share("01002", 750, 3.0, 2.0),
    share("01003", 650, 5.0, 1.0),
    share("01001", 600, 9.5, 1.5),
    share("01007", 480, 10.5, 1.0),
    share("02010", 350, 8.2, 0.5),
    share("04011", 400, 8.0, 0.3),
    share("01005", 300, 10.0, 1.0),
    share("01011", 290, 4.0, 2.0),
    share("03005", 290, 9.0, 0.5),
    share("02021", 250, 7.6, 0.2),
    share("01010", 240, 5.0, 1.5),
    share("02017", 200, 7.0, 0.2),
    share("01006", 190, 8.8, 0.3),
    share("02038", 180, 16.0, 3.0),
    share("01030", 150, 9.8, 0.4),
    share("01050", 150, 8.6, 0.4),
    share("04007", 110, 10.5, 0.8),
    share("01013", 100, 9.4, 0.5),
    share("01031", 100, 10.0, 0.4),
    share("02012", 100, 8.4, 0.6),
    share("02014", 100, 7.4, 0.5),
    share("01028", 90, 10.8, 0.6),
    share("01027", 60, 11.0, 0.6),
    share("02004", 60, 8.6, 0.3),
    share("01048", 50, 13.0, 2.0),
    share("01023", 50, 4.0, 3.0),
    share("02025", 50, 10.2, 0.8),
    share("04005", 50, 10.0, 1.0),
    share("04013", 50, 14.0, 3.0),
    share("03006", 40, 12.0, 2.0),
    share("01046", 30, 18.0, 4.0),
    share("01054", 30, 13.0, 3.0),
    share("02018", 30, 6.9, 0.2),
    share("02043", 30, 2.0, 1.0),
    share("03008", 30, 11.5, 1.0),
    share("01015", 20, 8.9, 0.4),
    share("01060", 20, 10.9, 0.5),
    share("01075", 20, 17.0, 3.0),
    share("03001", 10, 18.0, 4.0),
    share("03004", 10, 20.0, 4.0),
    share("04006", 10, 13.0, 3.0),
    share("04001", 5, 12.0, 4.0),
];

/// How the components fare, in ten thousand.
pub(crate) const STATES: [(State, u64); 5] = [
    (State::Intact, 9600),
    (State::Damaged, 250),
    (State::Abandoned, 60),
    (State::Removed, 50),
    (State::Lost, 40),
];
