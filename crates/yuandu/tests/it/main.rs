//! The program through its real router: programs, people and what goes wrong.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod archive;
#[cfg(test)]
mod authzen;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod busy;
#[cfg(test)]
mod check;
#[cfg(test)]
mod city;
#[cfg(test)]
mod client;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod components;
#[cfg(test)]
mod disputes;
#[cfg(test)]
mod dmn;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod duplicates;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod forged;
#[cfg(test)]
mod geocode;
#[cfg(test)]
mod georeport;
#[cfg(test)]
mod georeport_refusals;
#[cfg(test)]
mod hands;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod oauth_attacks;
#[cfg(test)]
mod ogc;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod pipes;
#[cfg(test)]
mod pki;
#[cfg(test)]
mod pki_outside;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod rebuild;
#[cfg(test)]
mod register_pages;
#[cfg(test)]
mod relying;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod scim;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod suggest;
#[cfg(test)]
mod tiles;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod versions;
