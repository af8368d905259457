//! Grids, components, matters and categories.

use proptest::prelude::*;
use yuandu_ids::{CategoryCode, ComponentCode, DivisionCode, MatterCode, UnitGridCode};

#[test]
fn a_grid_shows_where_it_lies() {
    let grid: UnitGridCode = "37070200100200a".parse().unwrap();
    assert_eq!(grid.as_str(), "37070200100200A");
    assert_eq!(grid.division_digits(), "370702");
    assert_eq!(grid.street(), "370702001");
    assert_eq!(grid.community(), "370702001002");
    assert_eq!(grid.sequence(), "00A");
    let made = UnitGridCode::new(&"370702001002".parse().unwrap(), 7).unwrap();
    assert_eq!(made.as_str(), "370702001002007");
    assert!(UnitGridCode::new(&"370702".parse().unwrap(), 7).is_err());
    assert!(UnitGridCode::new(&"370702001002".parse().unwrap(), 1000).is_err());
}

#[test]
fn a_component_shows_its_category_and_sequence() {
    let component: ComponentCode = "37070201001000123".parse().unwrap();
    assert_eq!(component.division_digits(), "370702");
    assert_eq!(component.category().as_str(), "01001");
    assert_eq!(component.category().class(), "01");
    assert_eq!(component.category().sub_class(), "001");
    assert_eq!(component.sequence(), 123);
}

#[test]
fn a_matter_is_a_category_in_a_division() {
    let division: DivisionCode = "370702".parse().unwrap();
    let category: CategoryCode = "06010".parse().unwrap();
    let matter = MatterCode::new(&division, &category);
    assert_eq!(matter.as_str(), "37070206010");
    assert_eq!(matter.as_str().parse::<MatterCode>().unwrap(), matter);
    assert_eq!(matter.category(), category);
    assert_eq!(matter.division_digits(), "370702");
}

#[test]
fn bad_codes_are_refused_with_the_layout() {
    let grid = "3707020010020".parse::<UnitGridCode>().unwrap_err();
    assert_eq!(
        grid.message_zh(),
        "单元网格标识码应为 15 位（区划 6 位、街道 3 位、社区 3 位、顺序 3 位），现为 13 位，请与原件核对"
    );
    let grid = "370702001002-07".parse::<UnitGridCode>().unwrap_err();
    assert!(
        grid.to_string()
            .contains("character 13 of this unit grid code is `-`")
    );
    let component = "3707020100100012".parse::<ComponentCode>().unwrap_err();
    assert!(component.to_string().contains("16 characters"));
    let matter = "9907020601".to_owned() + "0";
    assert!(
        matter
            .parse::<MatterCode>()
            .unwrap_err()
            .to_string()
            .contains("is not a province")
    );
    assert!("601".parse::<CategoryCode>().is_err());
}

proptest! {
    #[test]
    fn codes_made_from_parts_read_back(category in "[0-9]{5}", sequence in 0_u32..1_000_000, grid in 0_u16..1000) {
        let division: DivisionCode = "370702".parse().unwrap();
        let category: CategoryCode = category.parse().unwrap();
        let component = ComponentCode::new(&division, &category, sequence).unwrap();
        prop_assert_eq!(component.to_string().parse::<ComponentCode>().unwrap(), component.clone());
        prop_assert_eq!(component.category(), category);
        prop_assert_eq!(component.sequence(), sequence);
        let grid = UnitGridCode::new(&"370702001002".parse().unwrap(), grid).unwrap();
        prop_assert_eq!(grid.to_string().parse::<UnitGridCode>().unwrap(), grid);
    }
}
