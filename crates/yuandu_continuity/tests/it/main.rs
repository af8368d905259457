//! Backup, restore and standby, through the public front.

#[cfg(test)]
mod backups;
#[cfg(test)]
mod city;
