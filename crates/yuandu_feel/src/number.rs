//! FEEL numbers: exact decimals of 34 significant digits (IEEE 754 decimal128, half-even), as DMN demands.
//!
//! All arithmetic is the library's (`dashu-float`); this module only bounds it: a result outside the range of
//! decimal128 is no number (`None`), so a hostile exponent can never ask for gigabytes of digits.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use dashu_float::round::mode::{Down, HalfEven, Up};
use dashu_float::round::{Round, mode};
use dashu_float::{Context, FBig, Repr};
use dashu_int::IBig;

/// Significant digits of a FEEL number.
const DIGITS: usize = 34;
/// Bounds of decimal128, as the place of the first digit before the point: 10^6144 has 6145 places.
const MAX_EXPONENT: isize = 6145;
const MIN_EXPONENT: isize = -6142;
/// Longest numeric text that is read: longer texts carry no more than 34 digits of meaning anyway.
const MAX_TEXT: usize = 512;

/// An exact decimal number of at most 34 significant digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(Repr<10>);

/// How digits that do not fit are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the even neighbour when half way.
    HalfEven,
    /// Away from zero when half way.
    HalfUp,
    /// Towards zero when half way.
    HalfDown,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// Towards negative infinity.
    Floor,
    /// Towards positive infinity.
    Ceiling,
}

fn context() -> Context<HalfEven> {
    Context::new(DIGITS)
}

impl Number {
    fn bounded(repr: Repr<10>) -> Option<Self> {
        if repr.is_infinite() {
            return None;
        }
        if repr.significand().is_zero() {
            return Some(Self(Repr::zero()));
        }
        let adjusted = repr
            .exponent()
            .checked_add(isize::try_from(repr.digits()).ok()?)?;
        (MIN_EXPONENT..=MAX_EXPONENT)
            .contains(&adjusted)
            .then_some(Self(repr))
    }

    fn from_result(
        result: Result<
            dashu_base::Approximation<FBig<HalfEven, 10>, dashu_float::round::Rounding>,
            dashu_float::FpError,
        >,
    ) -> Option<Self> {
        let value = result.ok()?.value();
        let value = value.with_precision(DIGITS).value();
        Self::bounded(value.into_repr())
    }

    /// Zero.
    #[must_use]
    pub fn zero() -> Self {
        Self(Repr::zero())
    }

    /// Whether this is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.significand().is_zero()
    }

    /// Whether this is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        *self.0.significand() < IBig::ZERO
    }

    /// Whether there is no fraction.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.0.exponent() >= 0
    }

    /// The nearest number to a binary float; `None` for infinities and not-a-number.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        // The shortest decimal text of the float is what its writer meant (0.1, not 0.1000000000000000055).
        value
            .is_finite()
            .then(|| format!("{value:e}").parse().ok())
            .flatten()
    }

    /// The number as a whole `i64`; `None` if it has a fraction or is too large.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.to_i128().and_then(|value| i64::try_from(value).ok())
    }

    /// The number as a whole `i128`; `None` if it has a fraction or is too large.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        let exponent = u32::try_from(self.0.exponent()).ok()?;
        let significand = i128::try_from(self.0.significand()).ok()?;
        significand.checked_mul(10_i128.checked_pow(exponent)?)
    }

    /// The nearest binary float.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Sum.
    #[must_use]
    pub fn add(&self, other: &Self) -> Option<Self> {
        Self::from_result(context().add(&self.0, &other.0))
    }

    /// Difference.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Option<Self> {
        Self::from_result(context().sub(&self.0, &other.0))
    }

    /// Product.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Option<Self> {
        Self::from_result(context().mul(&self.0, &other.0))
    }

    /// Quotient; `None` when dividing by zero.
    #[must_use]
    pub fn div(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        Self::from_result(context().div(&self.0, &other.0))
    }

    /// Power; `None` where it is not a real number or out of range.
    #[must_use]
    pub fn pow(&self, exponent: &Self) -> Option<Self> {
        if self.is_zero() && exponent.is_negative() {
            return None;
        }
        if let Some(whole) = exponent.to_i64() {
            return Self::from_result(context().powi(&self.0, IBig::from(whole)));
        }
        if self.is_negative() {
            return None;
        }
        Self::from_result(context().powf(&self.0, &exponent.0, None))
    }

    /// Square root; `None` below zero.
    #[must_use]
    pub fn sqrt(&self) -> Option<Self> {
        if self.is_negative() {
            return None;
        }
        Self::from_result(context().sqrt(&self.0))
    }

    /// Natural logarithm; `None` at zero and below.
    #[must_use]
    pub fn ln(&self) -> Option<Self> {
        if self.is_zero() || self.is_negative() {
            return None;
        }
        Self::from_result(context().ln(&self.0, None))
    }

    /// The power of e; `None` when out of range.
    #[must_use]
    pub fn exp(&self) -> Option<Self> {
        // e^15000 is already past 10^6144, the largest decimal128.
        if self.abs() > Self::from(15_000) {
            return self.is_negative().then(Self::zero);
        }
        Self::from_result(context().exp(&self.0, None))
    }

    /// The value without sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.is_negative() {
            self.negate()
        } else {
            self.clone()
        }
    }

    /// The value with the other sign.
    #[must_use]
    pub fn negate(&self) -> Self {
        if self.is_zero() {
            return self.clone();
        }
        Self(-self.0.clone())
    }

    /// Rounded to `scale` digits after the point (negative: before it).
    #[must_use]
    pub fn round(&self, scale: i64, how: Rounding) -> Option<Self> {
        let exponent = isize::try_from(scale).ok()?.checked_neg()?;
        if !(MIN_EXPONENT - 34..=MAX_EXPONENT).contains(&exponent) {
            return None;
        }
        if exponent <= self.0.exponent() {
            return Some(self.clone());
        }
        let rounded = match how {
            Rounding::HalfEven => self.quantized::<HalfEven>(exponent),
            Rounding::HalfUp => self.quantized::<mode::HalfAway>(exponent),
            Rounding::HalfDown => self.quantized_half_down(exponent)?,
            Rounding::Up => self.quantized::<mode::Away>(exponent),
            Rounding::Down => self.quantized::<mode::Zero>(exponent),
            Rounding::Floor => self.quantized::<Down>(exponent),
            Rounding::Ceiling => self.quantized::<Up>(exponent),
        };
        Self::bounded(rounded)
    }

    fn quantized<R: Round>(&self, exponent: isize) -> Repr<10> {
        FBig::<R, 10>::from_repr(self.0.clone(), Context::new(0))
            .quantize(exponent)
            .value()
            .into_repr()
    }

    /// Half-down is not among the library's modes: exactly half goes towards zero, all else as half-even.
    fn quantized_half_down(&self, exponent: isize) -> Option<Repr<10>> {
        let towards = self.quantized::<mode::Zero>(exponent);
        let rest = self.sub(&Self(towards.clone()))?.abs();
        let half = Self(Repr::new(IBig::from(5), exponent.checked_sub(1)?));
        if rest == half {
            Some(towards)
        } else {
            Some(self.quantized::<HalfEven>(exponent))
        }
    }

    /// The largest whole number not above.
    #[must_use]
    pub fn floor(&self) -> Self {
        self.round(0, Rounding::Floor).unwrap_or_else(Self::zero)
    }

    /// The remainder with the sign of the divisor, as FEEL's `modulo` has it; `None` when dividing by zero.
    #[must_use]
    pub fn modulo(&self, divisor: &Self) -> Option<Self> {
        if divisor.is_zero() {
            return None;
        }
        let rest = Self::from_result(context().rem(&self.0, &divisor.0))?;
        if !rest.is_zero() && rest.is_negative() != divisor.is_negative() {
            return rest.add(divisor);
        }
        Some(rest)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::new(IBig::from(value), 0))
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self(Repr::new(IBig::from(value), 0))
    }
}

impl TryFrom<i128> for Number {
    type Error = ();

    fn try_from(value: i128) -> Result<Self, ()> {
        Self::bounded(Repr::new(IBig::from(value), 0))
            .and_then(|number| number.add(&Self::zero()))
            .ok_or(())
    }
}

impl FromStr for Number {
    type Err = ();

    /// Reads `-12.50`, `.5`, `1e3`; nothing else (no blanks, no digit separators, no other radix).
    fn from_str(text: &str) -> Result<Self, ()> {
        if text.len() > MAX_TEXT || !is_decimal(text) {
            return Err(());
        }
        let value = FBig::<HalfEven, 10>::from_str(text).map_err(|_| ())?;
        if value.repr().is_infinite() {
            return Err(());
        }
        let value = value.with_precision(DIGITS).value();
        Self::bounded(value.into_repr()).ok_or(())
    }
}

/// Whether the text is a plain decimal literal, with or without sign and exponent.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (
            unsigned.get(..at).unwrap_or_default(),
            unsigned
                .get(at + 1..)
                .map(|e| e.strip_prefix(['-', '+']).unwrap_or(e)),
        ),
        None => (unsigned, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction) && !fraction.is_empty(),
        None => digits(mantissa) && !mantissa.is_empty(),
    };
    mantissa_ok && exponent.is_none_or(|e| !e.is_empty() && e.len() <= 6 && digits(e))
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        let sign = if self.is_negative() { "-" } else { "" };
        let digits = self.abs().0.significand().to_string();
        let exponent = self.0.exponent();
        let count = isize::try_from(digits.len()).unwrap_or(0);
        let point = count.saturating_add(exponent);
        // Past 40 places a run of zeros helps no reader, and a hostile exponent must not fill memory.
        if !(-20..=40).contains(&point) {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            return write!(f, "{sign}{first}{dot}{rest}E{:+}", point.saturating_sub(1));
        }
        if exponent >= 0 {
            let zeros = usize::try_from(exponent).unwrap_or(0);
            return write!(f, "{sign}{digits}{:0>zeros$}", "");
        }
        match usize::try_from(point) {
            Ok(at) if at > 0 => {
                let (whole, fraction) = digits.split_at(at.min(digits.len()));
                write!(f, "{sign}{whole}.{fraction}")
            }
            _ => {
                let zeros = usize::try_from(point.saturating_neg()).unwrap_or(0);
                write!(f, "{sign}0.{:0>zeros$}{digits}", "")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn decimals_are_exact_to_34_digits() {
        assert_eq!(n("0.1").add(&n("0.2")), Some(n("0.3")));
        assert_eq!(
            n("1").div(&n("3")).unwrap().to_string(),
            "0.3333333333333333333333333333333333"
        );
        assert_eq!(
            n("2").sqrt().unwrap().to_string(),
            "1.414213562373095048801688724209698"
        );
        assert_eq!(
            n("1e6144").mul(&n("10")),
            None,
            "beyond decimal128 is no number"
        );
    }

    #[test]
    fn numbers_are_written_plainly() {
        for text in [
            "0",
            "-1",
            "100",
            "0.001",
            "-12.5",
            "1234567890123456789012345678901234",
        ] {
            assert_eq!(n(text).to_string(), text);
        }
        assert_eq!(n("1.50").to_string(), "1.5");
        assert_eq!(n("1e60").to_string(), "1E+60");
        assert_eq!(n("1.25e-40").to_string(), "1.25E-40");
        for wrong in [
            "",
            "-",
            "1.",
            "1e",
            "0x10",
            "1_000",
            " 1",
            "inf",
            "1e9999999",
        ] {
            assert_eq!(wrong.parse::<Number>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn rounding_has_all_the_modes_of_dmn() {
        let cases = [
            (Rounding::HalfEven, "2", "-2"),
            (Rounding::HalfUp, "3", "-3"),
            (Rounding::HalfDown, "2", "-2"),
            (Rounding::Up, "3", "-3"),
            (Rounding::Down, "2", "-2"),
            (Rounding::Floor, "2", "-3"),
            (Rounding::Ceiling, "3", "-2"),
        ];
        for (how, up, down) in cases {
            assert_eq!(n("2.5").round(0, how), Some(n(up)), "{how:?}");
            assert_eq!(n("-2.5").round(0, how), Some(n(down)), "{how:?}");
        }
        assert_eq!(n("1115.3").round(-2, Rounding::HalfEven), Some(n("1100")));
        assert_eq!(n("2.51").round(0, Rounding::HalfDown), Some(n("3")));
        assert_eq!(n("0.4").round(0, Rounding::Up), Some(n("1")));
    }

    #[test]
    fn modulo_takes_the_sign_of_the_divisor() {
        for (a, b, expected) in [
            ("12", "5", "2"),
            ("-12", "5", "3"),
            ("12", "-5", "-3"),
            ("-12", "-5", "-2"),
            ("10.1", "4.5", "1.1"),
            ("-10", "5", "0"),
        ] {
            assert_eq!(n(a).modulo(&n(b)), Some(n(expected)), "{a} {b}");
        }
        assert_eq!(n("1").modulo(&n("0")), None);
    }
}
