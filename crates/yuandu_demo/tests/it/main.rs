//! The demo city, tested from outside.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod census;
#[cfg(test)]
mod city;
#[cfg(test)]
mod grids;
#[cfg(test)]
mod nyc311;
#[cfg(test)]
mod routing;

#[cfg(test)]
fn demo() -> &'static yuandu_demo::City {
    static CITY: std::sync::OnceLock<yuandu_demo::City> = std::sync::OnceLock::new();
    CITY.get_or_init(|| yuandu_demo::City::build().unwrap())
}
