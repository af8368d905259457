//! Indicators against a real store: figures, groups, the cases behind them, and conditions compared with FEEL itself.

#[cfg(test)]
mod board;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod same_as_feel;
