//! Importing people with a check for duplicates: a register of so many, then a file of as many more, some of whom are there
//! already under another number.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail};

/// What 100,000 people may take.
const GOAL_SECONDS: f64 = 20.0;
/// One of so many in the second file is there already.
const AGAIN: u32 = 20;

const SURNAMES: [char; 20] = [
    '王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙', '胡', '朱', '高', '林',
    '何', '郭', '马', '罗',
];
const HEADER: &str = "number,name,sex,birth_date,ethnic_group,marital_status,registration_status,residence_status,registered_division,residence_division,household_nature,head_relation,residence_address,phone\n";

pub(crate) fn run(bin: &Path, count: u32) -> anyhow::Result<()> {
    let dir = std::env::temp_dir().join(format!("yuandu-duplicates-{}", std::process::id()));
    let measured = measure(bin, &dir, count);
    // The figures are what matters; a folder that stays behind is the temporary folder's to remove.
    let _ = std::fs::remove_dir_all(&dir);
    measured
}

fn measure(bin: &Path, dir: &Path, count: u32) -> anyhow::Result<()> {
    let city = dir.join("city");
    std::fs::create_dir_all(dir)?;
    let made = Command::new(bin)
        .args([
            "init",
            "--realm",
            "370700",
            "--name",
            "测",
            "--name-en",
            "Bench",
            "--data",
        ])
        .arg(&city)
        .output()
        .context("cannot start the server")?;
    if !made.status.success() {
        bail!("init failed: {}", String::from_utf8_lossy(&made.stderr));
    }
    let first: String = (0..count).map(|nth| Person::new(nth).row()).collect();
    import(bin, (dir, &city), "first.csv", &first)?;
    let mut second = String::new();
    let mut planted = 0_u32;
    for nth in 0..count {
        if nth.is_multiple_of(AGAIN) {
            planted += 1;
            second.push_str(&Person::new(nth).again().row());
        } else {
            second.push_str(&Person::new(count + nth).row());
        }
    }
    let (seconds, similar) = import(bin, (dir, &city), "second.csv", &second)?;
    println!(
        "{count} people into a register of {count}: {seconds:.1} s, {:.0} rows/s, durable",
        f64::from(count) / seconds
    );
    println!(
        "{planted} were there already under another number; {similar} rows wait for a person to decide"
    );
    println!("goal for 100,000: < {GOAL_SECONDS:.0} s; SORMAS: 230 in 30 min");
    Ok(())
}

/// Imports a file; gives seconds and how many rows were found to be like others.
fn import(
    bin: &Path,
    (dir, city): (&Path, &Path),
    name: &str,
    rows: &str,
) -> anyhow::Result<(f64, u64)> {
    let path = dir.join(name);
    std::fs::write(&path, format!("{HEADER}{rows}"))?;
    let begun = Instant::now();
    let done = Command::new(bin)
        .arg("import")
        .arg(&path)
        .args([
            "--register",
            "population.resident",
            "--allow-partial",
            "--data",
        ])
        .arg(city)
        .env("RUST_LOG", "warn")
        .output()
        .context("cannot start the import")?;
    let seconds = begun.elapsed().as_secs_f64();
    if !done.status.success() {
        bail!(
            "the import of {name} failed: {}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
    }
    let summary: serde_json::Value = serde_json::from_slice(&done.stdout)?;
    let similar = summary.get("similar").and_then(serde_json::Value::as_u64);
    Ok((seconds, similar.context("the import told no `similar`")?))
}

struct Person {
    name: String,
    birth: (u32, u32, u32),
    sequence: u32,
    division: u32,
    door: u32,
    phone: u64,
}

impl Person {
    /// The nth person; every one is someone else.
    fn new(nth: u32) -> Self {
        let mixed = u64::from(nth).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let pick = |by: u64, of: u64| u32::try_from(mixed / by % of).unwrap_or_default();
        let surname = SURNAMES
            .get(nth as usize % SURNAMES.len())
            .copied()
            .unwrap_or('王');
        let given = [pick(7, 900), pick(6_301, 900)]
            .map(|at| char::from_u32(0x4E00 + at * 3).unwrap_or('一'));
        Self {
            name: format!("{surname}{}{}", given[0], given[1]),
            // Every day of seventy years has few people, and each of them a number of its own.
            birth: (1940 + nth % 70, 1 + nth / 70 % 12, 1 + nth / 840 % 28),
            sequence: nth / 23_520,
            division: 370_702_001 + pick(11, 60),
            door: pick(13, 400),
            phone: 13_000_000_000 + u64::from(nth) * 7,
        }
    }

    /// The same person moved: under a second number, or with the number mistyped and the name misheard.
    fn again(mut self) -> Self {
        self.door += 1;
        if !self.phone.is_multiple_of(3) {
            self.sequence += 516;
            return self;
        }
        self.sequence += 100;
        let mut letters: Vec<char> = self.name.chars().collect();
        if let Some(last) = letters.last_mut() {
            *last = '某';
        }
        self.name = letters.into_iter().collect();
        self
    }

    fn row(&self) -> String {
        let (year, month, day) = self.birth;
        let mut number = format!("370702{year:04}{month:02}{day:02}{:03}", self.sequence);
        number.push(check(&number));
        let sex = if self.sequence.is_multiple_of(2) {
            2
        } else {
            1
        };
        let (name, division, door, phone) = (&self.name, self.division, self.door, self.phone);
        let mut row = String::new();
        let _ = writeln!(
            row,
            "{number},{name},{sex},{year:04}-{month:02}-{day:02},01,90,registered,here,370702,{division},resident,0,东风街{door}号3号楼2单元501室,{phone}"
        );
        row
    }
}

/// The check digit of a citizen number (GB 11643, ISO 7064 MOD 11-2).
fn check(digits: &str) -> char {
    let sum = digits.bytes().fold(0_u32, |sum, digit| {
        (sum + u32::from(digit.saturating_sub(b'0'))) * 2 % 11
    });
    match (12 - sum) % 11 {
        10 => 'X',
        value => char::from_digit(value, 10).unwrap_or('0'),
    }
}
